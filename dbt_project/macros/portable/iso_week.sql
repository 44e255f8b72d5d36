{#- ISO 8601 week number of a date, 1 to 53: counted from the start of the year of its week's
    Thursday. -#}
{% macro iso_week(date_expression) -%}
    {%- set thursday = add_days(start_of('week', date_expression), 3) -%}
    cast(
        {{ divide_integers(calculate_days_between(start_of('year', thursday), thursday), 7) }} + 1
        as integer
    )
{%- endmacro %}
