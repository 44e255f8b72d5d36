{#- The table format clause of a hand-written `create table`, where an engine has several
    formats: audit rows are updated, which Spark supports in Iceberg tables only. -#}
{% macro table_format() -%}
    {{ return(adapter.dispatch('table_format', 'ecommerce_analytics')()) }}
{%- endmacro %}

{% macro default__table_format() -%}
{%- endmacro %}

{% macro spark__table_format() -%}
    using iceberg
{%- endmacro %}
