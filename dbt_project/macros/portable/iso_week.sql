{#- ISO 8601 week number of a date, 1 to 53: counted from the start of the year of its week's
    Thursday. -#}
{% macro iso_week(date_expression) -%}
    {%- set thursday -%}
        cast({{ dbt.dateadd('day', 3, dbt.date_trunc('week', date_expression)) }} as date)
    {%- endset -%}
    {%- set first_of_january -%}
        cast({{ dbt.date_trunc('year', thursday) }} as date)
    {%- endset -%}
    cast(
        {{ divide_integers(calculate_days_between(first_of_january, thursday), 7) }} + 1
        as integer
    )
{%- endmacro %}
