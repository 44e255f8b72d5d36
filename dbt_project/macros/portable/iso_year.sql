{#- ISO 8601 year of a date: the calendar year of its week's Thursday. -#}
{% macro iso_year(date_expression) -%}
    {%- set thursday = dbt.dateadd('day', 3, dbt.date_trunc('week', date_expression)) -%}
    cast(extract(year from {{ thursday }}) as integer)
{%- endmacro %}
