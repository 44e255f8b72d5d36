{#- Grain: refund under `(no order)`: it names no order, or one that has not arrived within
    `held_back_days`. The wait is measured to the last load, not to the current time. If the
    order arrives later, the refund moves to it. -#}
with

refunds as (
    select * from {{ ref('stg_ecommerce__refunds') }}
),

orders as (
    select * from {{ ref('stg_ecommerce__orders') }}
),

load_times as (
    select loaded_at from orders

    union all

    select loaded_at from refunds
),

loads as (
    select max(loaded_at) as last_loaded_at
    from load_times
),

dated as (
    select
        refunds.*,
        coalesce(
            {{ credible_time('refunds.refunded_at', 'refunds.loaded_at') }}, refunds.loaded_at
        ) as credible_refunded_at,
        {% if var('prices_include_tax') -%}
            least(refunds.tax_amount, refunds.goods_amount) as included_amount
        {%- else -%}
            0 as included_amount
        {%- endif %}
    from refunds
    left join orders on refunds.order_id = orders.order_id
    where orders.order_id is null
),

final as (
    select
        dated.refund_id,
        dated.quantity,
        cast(dated.goods_amount - dated.included_amount as {{ type_money() }}) as goods_amount,
        dated.tax_amount,
        dated.shipping_amount,
        dated.credible_refunded_at as refunded_at,
        dated.loaded_at
    from dated
    cross join loads
    where
        dated.order_id is null
        or {{ dbt.dateadd('day', var('held_back_days'), 'dated.credible_refunded_at') }}
        <= loads.last_loaded_at
)

select * from final
