{#- Grain: ordered pair of products. A basket is the goods of a valid order, each product once
    regardless of lines and units. -#}
with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid and line_type = 'product' and product_id is not null and quantity > 0
),

baskets as (
    select distinct
        order_id,
        product_key,
        product_id
    from order_items
),

product_orders as (
    select
        product_id,
        count(*) as order_count
    from baskets
    group by product_id
),

totals as (
    select count(distinct order_id) as basket_count
    from baskets
),

pairs as (
    select
        mine.product_key,
        theirs.product_key as other_product_key,
        mine.product_id,
        theirs.product_id as other_product_id,
        count(*) as pair_order_count
    from baskets as mine
    inner join baskets as theirs
        on
            mine.order_id = theirs.order_id
            and mine.product_id <> theirs.product_id
    group by
        mine.product_key,
        theirs.product_key,
        mine.product_id,
        theirs.product_id
    having count(*) >= {{ var('affinity_minimum_orders') }}
),

final as (
    select
        pairs.product_key,
        pairs.other_product_key,
        pairs.product_id,
        pairs.other_product_id,
        pairs.pair_order_count,
        mine_sold.order_count,
        theirs_sold.order_count as other_order_count,
        totals.basket_count,
        {{ ratio('pairs.pair_order_count', 'totals.basket_count') }} as support_rate,
        {{ ratio('pairs.pair_order_count', 'mine_sold.order_count') }} as confidence_rate,
        {{ ratio('pairs.pair_order_count', 'theirs_sold.order_count') }}
            as reverse_confidence_rate,
        {{ ratio(
            'pairs.pair_order_count * totals.basket_count',
            'mine_sold.order_count * theirs_sold.order_count'
        ) }} as lift
    from pairs
    inner join product_orders as mine_sold on pairs.product_id = mine_sold.product_id
    inner join product_orders as theirs_sold
        on pairs.other_product_id = theirs_sold.product_id
    cross join totals
)

select * from final
