{#- Grain: member of dim_campaigns. A customer is acquired by the last non-direct touchpoint
    before the first order; everything the customer buys later is credited to that campaign. -#}
with

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

spend as (
    select * from {{ ref('int_campaigns__spend_agg') }}
),

credited as (
    select * from {{ ref('attribution_touches') }}
    where last_non_direct_credit > 0
),

first_touches as (
    select * from {{ ref('int_orders__journeys') }}
    where touch_position = 1
),

orders as (
    select * from {{ ref('int_orders__sequence') }}
),

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

conversions as (
    select
        credited.campaign_key,
        count(*) as order_count,
        cast({{ percentile('first_touches.touch_count', 0.5) }} as bigint) as median_path_length,
        cast({{ percentile('first_touches.days_before_order', 0.5) }} as integer)
            as median_conversion_lag_days,
        cast({{ percentile('first_touches.days_before_order', 0.9) }} as integer)
            as p90_conversion_lag_days
    from credited
    left join first_touches on credited.order_id = first_touches.order_id
    group by credited.campaign_key
),

winners as (
    select
        orders.person_id,
        orders.order_date as first_order_date,
        credited.campaign_key
    from credited
    inner join orders on credited.order_id = orders.order_id
    where orders.is_first_order
),

margins as (
    select
        order_id,
        sum(margin_amount) as margin_amount,
        sum(case when margin_amount is not null then net_amount else 0 end) as covered_net_amount
    from order_items
    group by order_id
),

monthly as (
    select
        winners.campaign_key,
        12 * (extract(year from orders.order_date) - extract(year from winners.first_order_date))
        + extract(month from orders.order_date)
        - extract(month from winners.first_order_date) as month_number,
        sum(case when orders.is_first_order then 1 else 0 end) as new_customer_count,
        sum(case when orders.is_first_order then orders.net_amount else 0 end)
            as first_order_net_amount,
        sum(orders.net_amount) as net_amount,
        sum(margins.margin_amount) as margin_amount,
        sum(margins.covered_net_amount) as covered_net_amount
    from winners
    inner join orders on winners.person_id = orders.person_id
    left join margins on orders.order_id = margins.order_id
    group by
        winners.campaign_key,
        12 * (extract(year from orders.order_date) - extract(year from winners.first_order_date))
        + extract(month from orders.order_date)
        - extract(month from winners.first_order_date)
),

earned as (
    select
        monthly.*,
        sum(monthly.margin_amount) over (
            partition by monthly.campaign_key
            order by monthly.month_number asc nulls last
            rows between unbounded preceding and current row
        ) >= coalesce(spend.spend, 0) as is_paid_back
    from monthly
    left join spend on monthly.campaign_key = spend.campaign_key
),

acquired as (
    select
        campaign_key,
        sum(new_customer_count) as new_customer_count,
        sum(first_order_net_amount) as first_order_net_amount,
        sum(net_amount) as net_amount,
        sum(margin_amount) as margin_amount,
        sum(covered_net_amount) as covered_net_amount,
        min(case when is_paid_back then month_number end) as payback_month
    from earned
    group by campaign_key
),

joined as (
    select
        campaigns.*,
        coalesce(conversions.order_count, 0) as order_count,
        cast(coalesce(acquired.new_customer_count, 0) as bigint) as new_customer_count,
        cast(coalesce(spend.spend, 0) as {{ type_money() }}) as spend,
        cast(coalesce(acquired.first_order_net_amount, 0) as {{ type_money() }})
            as first_order_net_amount,
        cast(coalesce(acquired.net_amount, 0) as {{ type_money() }}) as acquired_net_amount,
        cast(acquired.margin_amount as {{ type_money() }}) as acquired_margin_amount,
        acquired.covered_net_amount,
        cast(acquired.payback_month as bigint) as payback_month,
        conversions.median_path_length,
        conversions.median_conversion_lag_days,
        conversions.p90_conversion_lag_days
    from campaigns
    left join spend on campaigns.campaign_key = spend.campaign_key
    left join acquired on campaigns.campaign_key = acquired.campaign_key
    left join conversions on campaigns.campaign_key = conversions.campaign_key
),

final as (
    select
        campaign_key,
        campaign_id,
        campaign_name,
        channel,
        order_count,
        new_customer_count,
        spend,
        first_order_net_amount,
        acquired_net_amount,
        acquired_margin_amount,
        {{ ratio('covered_net_amount', 'acquired_net_amount') }} as margin_coverage_rate,
        {{ ratio('first_order_net_amount', 'spend') }} as new_customer_roas,
        {{ ratio('spend', 'new_customer_count') }} as customer_acquisition_cost,
        {{ ratio('acquired_net_amount', 'new_customer_count') }} as lifetime_value_per_customer,
        {{ ratio('acquired_margin_amount', 'new_customer_count') }}
            as lifetime_margin_per_customer,
        case
            when new_customer_count > 0 then {{ ratio('acquired_margin_amount', 'spend') }}
        end as ltv_to_cac,
        payback_month,
        median_path_length,
        median_conversion_lag_days,
        p90_conversion_lag_days
    from joined
)

select * from final
