{#- Grain: order x rule of data_quality_rules that it breaks. Each rule is a column with the
    value found, null where the rule holds. -#}
{%- set amounts = {
    'order_date_not_credible': 'order_total',
    'order_status_unmapped': 'order_total',
    'order_shipped_before_ordered': none,
    'order_delivered_before_shipped': none,
    'order_cancelled_before_ordered': none,
    'order_time_not_credible': none,
    'order_account_missing': 'order_total',
    'order_campaign_missing': 'order_total',
    'order_currency_differs': 'order_total',
    'order_email_decomposed': none,
    'order_total_does_not_add_up': 'header_gap',
    'order_total_is_not_its_lines': 'lines_gap',
    'order_without_lines': 'order_total',
    'order_refunded_beyond_paid': 'refunded_beyond',
    'order_returned_beyond_sold': none,
} -%}
{%- set text = dbt.type_string() -%}
with

orders as (
    select * from {{ ref('stg_ecommerce__orders') }}
),

built as (
    select * from {{ ref('fact_orders') }}
),

refunds as (
    select * from {{ ref('int_refunds__accepted') }}
),

customers as (
    select * from {{ ref('stg_ecommerce__customers') }}
),

campaigns as (
    select * from {{ ref('stg_ecommerce__campaigns') }}
),

order_items as (
    select * from {{ ref('int_order_items__amounts') }}
),

currencies as (
    select
        currency,
        count(*) as order_count
    from orders
    group by currency
),

most_orders as (
    select max(order_count) as order_count
    from currencies
),

-- The shop's currency is the one most orders have.
main_currency as (
    select min(currencies.currency) as currency
    from currencies
    inner join most_orders on currencies.order_count = most_orders.order_count
),

refunded as (
    select
        order_id,
        sum(quantity) as refund_quantity
    from refunds
    group by order_id
),

items as (
    select
        order_id,
        sum(sales_amount + gift_card_amount + tip_amount) as sold_amount,
        sum(exchanged_amount - case when is_return then included_tax_amount else 0 end)
            as exchanged_total,
        sum(exchanged_amount) as exchanged_amount,
        sum(case when order_item_id = {{ made_key('order', 'order_id') }} then 0 else 1 end)
            as own_line_count
    from order_items
    group by order_id
),

joined as (
    select
        orders.*,
        built.order_id is not null as is_built,
        built.order_status as built_status,
        built.shipped_at as built_shipped_at,
        built.delivered_at as built_delivered_at,
        built.cancelled_at as built_cancelled_at,
        customers.customer_id is null and orders.customer_id is not null as is_account_missing,
        campaigns.campaign_id is null and orders.campaign_id is not null as is_campaign_missing,
        built.shipped_at is null and orders.shipped_at is not null
        or built.delivered_at is null and orders.delivered_at is not null
        or built.cancelled_at is null and orders.cancelled_at is not null
            as has_incredible_time,
        orders.order_total - (
            orders.subtotal - orders.discount_total + orders.shipping_total
            + case
                when
                    coalesce(
                        orders.prices_include_tax,
                        {{ 'true' if var('prices_include_tax') else 'false' }}
                    )
                    then 0
                else orders.tax_total
            end
        ) as header_gap,
        orders.order_total - (
            coalesce(items.sold_amount, 0) - coalesce(items.exchanged_total, 0)
            + built.shipping_total + built.tax_total
        ) as lines_gap,
        coalesce(items.own_line_count = 0, false) as has_only_made_line,
        orders.currency <> main_currency.currency as is_other_currency,
        -least(built.net_amount + coalesce(items.exchanged_amount, 0), 0)
        - least(built.shipping_amount, 0)
        - least(built.tax_amount, 0) as refunded_beyond,
        coalesce(refunded.refund_quantity, 0) > built.unit_count as is_returned_beyond,
        built.unit_count,
        refunded.refund_quantity
    from orders
    left join built on orders.order_id = built.order_id
    left join refunded on orders.order_id = refunded.order_id
    left join items on orders.order_id = items.order_id
    left join customers on orders.customer_id = customers.customer_id
    left join campaigns on orders.campaign_id = campaigns.campaign_id
    cross join main_currency
),

examined as (
    select
        order_id,
        order_total,
        header_gap,
        lines_gap,
        refunded_beyond,
        loaded_at,
        case
            when not is_built
                then concat('ordered on ', cast(cast(ordered_at as date) as {{ text }}))
        end as order_date_not_credible,
        case when built_status = '(unmapped)' then concat('status ', order_status) end
            as order_status_unmapped,
        case
            when built_shipped_at < ordered_at
                then concat('shipped on ', cast(cast(shipped_at as date) as {{ text }}))
        end as order_shipped_before_ordered,
        case
            when built_delivered_at < built_shipped_at
                then concat('delivered on ', cast(cast(delivered_at as date) as {{ text }}))
        end as order_delivered_before_shipped,
        case
            when built_cancelled_at < ordered_at
                then concat('cancelled on ', cast(cast(cancelled_at as date) as {{ text }}))
        end as order_cancelled_before_ordered,
        case when is_built and has_incredible_time then 'an impossible time' end
            as order_time_not_credible,
        case
            when is_account_missing
                then concat('customer ', cast(customer_id as {{ text }}))
        end as order_account_missing,
        case
            when is_campaign_missing
                then concat('campaign ', cast(campaign_id as {{ text }}))
        end as order_campaign_missing,
        case when is_other_currency then concat('currency ', currency) end
            as order_currency_differs,
        case
            when header_gap <> 0
                then concat('total ', cast(order_total as {{ text }}))
        end as order_total_does_not_add_up,
        case
            when header_gap = 0 and lines_gap <> 0
                then concat('total ', cast(order_total as {{ text }}))
        end as order_total_is_not_its_lines,
        case
            when {{ has_combining_marks('normalized_email') }}
                then 'a decomposed letter'
        end as order_email_decomposed,
        case when has_only_made_line then 'no line' end as order_without_lines,
        case when refunded_beyond > 0 then 'more refunded than paid' end
            as order_refunded_beyond_paid,
        case
            when is_returned_beyond
                then concat(cast(refund_quantity as {{ text }}), ' units refunded')
        end as order_returned_beyond_sold
    from joined
),

found as (
    {{ found_issues('examined', amounts | list) }}
),

final as (
    select
        cast(order_id as {{ text }}) as source_key,
        rule,
        found,
        case rule
            {% for rule, amount in amounts.items() if amount %}
                when '{{ rule }}' then cast({{ amount }} as {{ type_money() }})
            {% endfor %}
        end as amount,
        loaded_at
    from found
    where found is not null
)

select * from final
