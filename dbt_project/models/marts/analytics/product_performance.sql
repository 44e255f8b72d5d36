with

products as (
    select * from {{ ref('dim_products') }}
),

sales as (
    select * from {{ ref('int_products__sales_agg') }}
),

inventory as (
    select * from {{ ref('int_products__inventory_agg') }}
),

joined as (
    select
        products.*,
        coalesce(sales.order_count, 0) as order_count,
        coalesce(sales.customer_count, 0) as customer_count,
        coalesce(sales.unit_count, 0) as unit_count,
        coalesce(sales.returned_quantity, 0) as returned_quantity,
        coalesce(sales.recent_unit_count, 0) as recent_unit_count,
        coalesce(sales.previous_unit_count, 0) as previous_unit_count,
        coalesce(sales.yearly_unit_count, 0) as yearly_unit_count,
        coalesce(sales.repeat_customer_count, 0) as repeat_customer_count,
        cast(coalesce(sales.gross_amount, 0) as {{ type_money() }}) as gross_amount,
        cast(coalesce(sales.discount_amount, 0) as {{ type_money() }}) as discount_amount,
        cast(coalesce(sales.returns_amount, 0) as {{ type_money() }}) as returns_amount,
        cast(coalesce(sales.net_amount, 0) as {{ type_money() }}) as net_amount,
        cast(coalesce(sales.gift_card_amount, 0) as {{ type_money() }}) as gift_card_amount,
        cast(coalesce(sales.covered_net_amount, 0) as {{ type_money() }}) as covered_net_amount,
        sales.margin_amount,
        sum(coalesce(sales.net_amount, 0)) over (partition by products.category)
            as category_net_amount,
        inventory.on_hand,
        inventory.yearly_on_hand_total,
        inventory.yearly_level_count,
        sales.first_sale_date,
        sales.last_sale_date
    from products
    left join sales on products.product_key = sales.product_key
    left join inventory on products.product_id = inventory.product_id
),

ranked as (
    select
        *,
        cast(rank() over (order by net_amount desc nulls last) as bigint) as revenue_rank,
        cast(
            rank() over (partition by category order by net_amount desc nulls last) as bigint
        ) as category_revenue_rank,
        sum(net_amount) over () as shop_net_amount,
        dense_rank() over (
            order by category_net_amount desc nulls last, {{ byte_order('category') }} asc
        ) as category_place,
        sum(net_amount) over (
            order by net_amount desc nulls last, {{ key_order('product_id') }} asc nulls last
            rows between unbounded preceding and current row
        ) as cumulative_net_amount
    from joined
),

final as (
    select
        product_key,
        product_id,
        product_name,
        department,
        category,
        case
            when category_place <= {{ var('shown_category_count') }} then category
            else '(other)'
        end as category_group,
        subcategory,
        is_active,
        case
            when net_amount <= 0 then 'none'
            -- The share before the product decides: the one that crosses 80 % is still an A.
            when cumulative_net_amount - net_amount < 0.80 * shop_net_amount then 'A'
            when cumulative_net_amount - net_amount < 0.95 * shop_net_amount then 'B'
            else 'C'
        end as abc_class,
        order_count,
        customer_count,
        unit_count,
        returned_quantity,
        recent_unit_count,
        previous_unit_count,
        yearly_unit_count,
        repeat_customer_count,
        gross_amount,
        discount_amount,
        returns_amount,
        net_amount,
        gift_card_amount,
        margin_amount,
        {{ ratio('margin_amount', 'covered_net_amount') }} as margin_rate,
        {{ ratio('covered_net_amount', 'net_amount') }} as margin_coverage_rate,
        {{ ratio('gross_amount - discount_amount', 'unit_count') }} as average_unit_price,
        {{ ratio('gross_amount - discount_amount', 'gross_amount') }} as price_realisation_rate,
        {{ growth('recent_unit_count', 'previous_unit_count') }} as unit_trend,
        {{ ratio('repeat_customer_count', 'customer_count') }} as repeat_buyer_rate,
        {{ ratio('returned_quantity', 'unit_count') }} as unit_return_rate,
        {{ ratio('returns_amount', 'gross_amount - discount_amount') }} as value_return_rate,
        {{ ratio('net_amount', 'shop_net_amount') }} as revenue_share,
        {{ ratio('cumulative_net_amount', 'shop_net_amount') }} as cumulative_revenue_share,
        revenue_rank,
        category_revenue_rank,
        on_hand,
        {{ ratio('on_hand * 28', 'recent_unit_count') }} as days_of_cover,
        {{ ratio('unit_count', 'unit_count + on_hand') }} as sell_through_rate,
        {{ ratio('yearly_on_hand_total', 'yearly_level_count') }} as average_on_hand,
        {{ ratio('yearly_unit_count * yearly_level_count', 'yearly_on_hand_total') }}
            as inventory_turnover,
        first_sale_date,
        last_sale_date
    from ranked
)

select * from final
