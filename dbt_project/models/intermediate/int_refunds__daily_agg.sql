with

refunds as (
    select * from {{ ref('fact_refunds') }}
    where is_valid
),

final as (
    select
        refund_date as date_day,
        cast(sum(returns_amount) as {{ type_money() }}) as returns_amount,
        cast(sum(shipping_refund_amount) as {{ type_money() }}) as shipping_refund_amount,
        cast(sum(tax_refund_amount) as {{ type_money() }}) as tax_refund_amount
    from refunds
    group by refund_date
)

select * from final
