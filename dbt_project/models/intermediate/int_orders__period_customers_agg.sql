{#- Grain: period x first day. A month's customers are not the sum of its days', so each period
    type has its own distinct count. -#}
with

sequence as (
    select * from {{ ref('int_orders__sequence') }}
),

periods as (
    {% for period in ['day', 'week', 'month'] %}
        select
            '{{ period }}' as period,
            cast({{ dbt.date_trunc(period, 'order_date') }} as date) as period_start,
            person_id
        from sequence
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['period', 'period_start']) }} as period_key,
        period,
        period_start,
        count(distinct person_id) as customer_count
    from periods
    group by period, period_start
)

select * from final
