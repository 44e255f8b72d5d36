{#- Whether this Spark takes `create function ... return`: the version 4 does, and what calls itself
    by another name (Databricks) does not say. -#}
{% macro spark_has_functions() -%}
    {%- if not execute -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set version = run_query('select version()').rows[0][0] -%}
    {{ return(version.split('.')[0] | int >= 4) }}
{%- endmacro %}
