{#- Calendar days from one date to another, negative if the second is earlier. -#}
{% macro calculate_days_between(first_date, last_date) -%}
    {{ return(adapter.dispatch('calculate_days_between', 'ecommerce_analytics')(
        first_date, last_date
    )) }}
{%- endmacro %}

{% macro default__calculate_days_between(first_date, last_date) -%}
    cast({{ dbt.datediff(first_date, last_date, 'day') }} as integer)
{%- endmacro %}

{% macro spark__calculate_days_between(first_date, last_date) -%}
    datediff({{ last_date }}, {{ first_date }})
{%- endmacro %}
