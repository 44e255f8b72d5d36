{#- Whether a time or day of a source row is possible: not before the var `earliest_order_date`,
    and at most a day after the row was loaded, or later for planned dates. Null if there is no
    time. -#}
{% macro is_credible_time(moment, loaded_at='loaded_at', days_ahead=1) -%}
    (
        {{ moment }} >= cast('{{ var("earliest_order_date") }}' as timestamp)
        and {{ moment }} <= {{ dbt.dateadd('day', days_ahead, loaded_at) }}
    )
{%- endmacro %}
