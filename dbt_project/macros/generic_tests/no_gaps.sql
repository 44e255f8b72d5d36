{#- Rows whose date does not follow the previous row's by exactly one period (day, week, month). -#}
{% test no_gaps(model, column_name, period) %}

with

steps as (
    select
        {{ column_name }} as this_date,
        lag({{ column_name }}) over (order by {{ column_name }}) as previous_date
    from {{ model }}
)

select
    previous_date,
    this_date
from steps
where
    previous_date is not null
    and this_date <> cast({{ dbt.dateadd(period, 1, 'previous_date') }} as date)

{% endtest %}
