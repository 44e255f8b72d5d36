{#- The calendar spans the orders and refunds. Touchpoints, spend and stock counts extend it by
    a year at most, because one wrong date must not add years of empty days. -#}
with

orders as (
    select ordered_at from {{ ref('int_orders__accepted') }}
),

refunds as (
    select refunded_at from {{ ref('int_refunds__accepted') }}
),

refunds_without_order as (
    select refunded_at from {{ ref('int_refunds__without_order') }}
),

touchpoints as (
    select touched_at from {{ ref('stg_ecommerce__marketing_touchpoints') }}
),

spend as (
    select spend_date from {{ ref('stg_ecommerce__campaign_spend_daily') }}
),

inventory_levels as (
    select level_date from {{ ref('stg_ecommerce__inventory_levels') }}
),

order_times as (
    select
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at,
        {{ dbt.dateadd('day', -366, 'min(ordered_at)') }} as earliest_at,
        {{ dbt.dateadd('day', 366, 'max(ordered_at)') }} as latest_at
    from orders
),

-- The earliest instant is on the earliest local day, so one conversion per table is enough.
extremes as (
    select
        'order' as event_name,
        {{ to_local_date('first_ordered_at') }} as first_date,
        {{ to_local_date('last_ordered_at') }} as last_date
    from order_times

    union all

    select
        'refund' as event_name,
        {{ to_local_date('min(refunded_at)') }} as first_date,
        {{ to_local_date('max(refunded_at)') }} as last_date
    from refunds

    union all

    select
        'refund' as event_name,
        {{ to_local_date('min(refunded_at)') }} as first_date,
        {{ to_local_date('max(refunded_at)') }} as last_date
    from refunds_without_order

    union all

    select
        'touch' as event_name,
        {{ to_local_date('min(touchpoints.touched_at)') }} as first_date,
        {{ to_local_date('max(touchpoints.touched_at)') }} as last_date
    from touchpoints
    cross join order_times
    where touchpoints.touched_at between order_times.earliest_at and order_times.latest_at

    union all

    select
        'spend' as event_name,
        min(spend.spend_date) as first_date,
        max(spend.spend_date) as last_date
    from spend
    cross join order_times
    where spend.spend_date between order_times.earliest_at and order_times.latest_at

    union all

    select
        'stock count' as event_name,
        min(inventory_levels.level_date) as first_date,
        max(inventory_levels.level_date) as last_date
    from inventory_levels
    cross join order_times
    where
        inventory_levels.level_date between order_times.earliest_at and order_times.latest_at
),

bounds as (
    select
        min(first_date) as first_date,
        max(last_date) as last_date,
        min(case when event_name = 'order' then first_date end) as first_order_date,
        max(case when event_name = 'order' then last_date end) as last_order_date,
        min(case when event_name in ('order', 'refund') then first_date end) as first_sales_date,
        max(case when event_name in ('order', 'refund') then last_date end) as last_sales_date
    from extremes
),

final as (
    select
        1 as bounds_key,
        first_date,
        last_date,
        first_order_date,
        last_order_date,
        first_sales_date,
        last_sales_date,
        {% if var('as_of_date') -%}
            cast('{{ var("as_of_date") }}' as date) as as_of_date
        {%- else -%}
            last_order_date as as_of_date
        {%- endif %}
    from bounds
)

select * from final
