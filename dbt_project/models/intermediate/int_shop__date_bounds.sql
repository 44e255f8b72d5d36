with

orders as (
    select ordered_at from {{ ref('stg_ecommerce__orders') }}
),

customers as (
    select signed_up_at from {{ ref('stg_ecommerce__customers') }}
),

refunds as (
    select refunded_at from {{ ref('stg_ecommerce__refunds') }}
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

-- The earliest instant is on the earliest local day, so one conversion per table is enough.
extremes as (
    select
        'order' as event_name,
        {{ to_local_date('min(ordered_at)') }} as first_date,
        {{ to_local_date('max(ordered_at)') }} as last_date
    from orders

    union all

    select
        'sign-up' as event_name,
        {{ to_local_date('min(signed_up_at)') }} as first_date,
        {{ to_local_date('max(signed_up_at)') }} as last_date
    from customers

    union all

    select
        'refund' as event_name,
        {{ to_local_date('min(refunded_at)') }} as first_date,
        {{ to_local_date('max(refunded_at)') }} as last_date
    from refunds

    union all

    select
        'touch' as event_name,
        {{ to_local_date('min(touched_at)') }} as first_date,
        {{ to_local_date('max(touched_at)') }} as last_date
    from touchpoints

    union all

    select
        'spend' as event_name,
        min(spend_date) as first_date,
        max(spend_date) as last_date
    from spend

    union all

    select
        'stock count' as event_name,
        min(level_date) as first_date,
        max(level_date) as last_date
    from inventory_levels
),

bounds as (
    select
        min(first_date) as first_date,
        max(last_date) as last_date,
        min(case when event_name = 'order' then first_date end) as first_order_date,
        max(case when event_name = 'order' then last_date end) as last_order_date,
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
        last_sales_date,
        {% if var('as_of_date') -%}
            cast('{{ var("as_of_date") }}' as date) as as_of_date
        {%- else -%}
            last_order_date as as_of_date
        {%- endif %}
    from bounds
)

select * from final
