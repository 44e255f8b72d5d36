{#- ISO 8601 year of a date: the calendar year of its week's Thursday. -#}
{% macro iso_year(date_expression) -%}
    cast(extract(year from {{ add_days(start_of('week', date_expression), 3) }}) as integer)
{%- endmacro %}
