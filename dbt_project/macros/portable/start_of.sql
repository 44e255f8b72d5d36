{#- The first day of the date's week (a Monday), month, quarter or year. -#}
{% macro start_of(period, date_expression) -%}
    {%- set periods = ['week', 'month', 'quarter', 'year'] -%}
    {%- if period not in periods -%}
        {{ exceptions.raise_compiler_error(
            "start_of: period is '" ~ period ~ "'; use one of " ~ periods | join(', ')
        ) }}
    {%- endif -%}
    cast({{ dbt.date_trunc(period, date_expression) }} as date)
{%- endmacro %}
