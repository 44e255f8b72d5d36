{#- Whether a time or day of a source row can be right: not before the var `earliest_order_date`,
    and at most a day after the row was loaded. Null where there is no time. -#}
{% macro is_credible_time(moment, loaded_at='loaded_at') -%}
    (
        {{ moment }} >= cast('{{ var("earliest_order_date") }}' as timestamp)
        and {{ moment }} <= {{ dbt.dateadd('day', 1, loaded_at) }}
    )
{%- endmacro %}
