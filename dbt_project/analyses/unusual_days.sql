-- Which days need an explanation? Net sales far from their recent mean; growth on the year
-- separates seasons from surprises.
with

days as (
    select * from {{ ref('orders_daily') }}
    where is_anomaly
),

final as (
    select
        date_day,
        net_amount,
        net_amount_28d_average,
        net_amount_z_score,
        net_amount_yoy_growth,
        seasonality_index
    from days
)

select * from final
order by date_day desc nulls last
