{#- What a hand-written `create table` says of the table's format, where an engine has several: the
    rows of an audit table are updated, which Spark does in Iceberg tables only. -#}
{% macro table_format() -%}
    {{ return(adapter.dispatch('table_format', 'ecommerce_analytics')()) }}
{%- endmacro %}

{% macro default__table_format() -%}
{%- endmacro %}

{% macro spark__table_format() -%}
    using iceberg
{%- endmacro %}
