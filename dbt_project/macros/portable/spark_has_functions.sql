{#- Whether this Spark has `create function ... return`: version 4 does. Databricks has version
    numbers of its own, which do not tell. -#}
{% macro spark_has_functions() -%}
    {%- if not execute -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set query -%}
        select version()
    {%- endset -%}
    {%- set version = run_query(query).rows[0][0] -%}
    {{ return(version.split('.')[0] | int >= 4) }}
{%- endmacro %}
