{#- Grain: node of the category hierarchy. Orders and customers are counted anew at each level: an
    order of two categories is one order of their department. -#}
{%- set levels = {
    'shop': [],
    'department': ['department'],
    'category': ['department', 'category'],
    'subcategory': ['department', 'category', 'subcategory'],
} -%}
with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

products as (
    select * from {{ ref('dim_products') }}
),

nodes as (
    {% for level, columns in levels.items() %}
        select
            product_id,
            '{{ level }}' as hierarchy_level,
            {{ "department" if "department" in columns else "'(all)'" }} as department,
            {{ "category" if "category" in columns else "'(all)'" }} as category,
            {{ "subcategory" if "subcategory" in columns else "'(all)'" }} as subcategory
        from products
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

summed as (
    select
        nodes.hierarchy_level,
        nodes.department,
        nodes.category,
        nodes.subcategory,
        count(distinct nodes.product_id) as product_count,
        count(distinct order_items.product_id) as sold_product_count,
        count(distinct order_items.order_id) as order_count,
        count(distinct order_items.person_id) as customer_count,
        cast(coalesce(sum(order_items.quantity), 0) as bigint) as unit_count,
        cast(coalesce(sum(order_items.returned_quantity), 0) as bigint) as returned_quantity,
        {% for amount in ['gross', 'discount', 'returns', 'net', 'margin'] %}
            cast(coalesce(sum(order_items.{{ amount }}_amount), 0) as {{ type_money() }})
                as {{ amount }}_amount,
        {% endfor %}
        cast(
            coalesce(
                sum(
                    case
                        when order_items.margin_amount is not null then order_items.net_amount
                    end
                ), 0
            ) as {{ type_money() }}
        ) as covered_net_amount
    from nodes
    left join order_items on nodes.product_id = order_items.product_id
    group by
        nodes.hierarchy_level,
        nodes.department,
        nodes.category,
        nodes.subcategory
),

shared as (
    select
        hierarchy_level,
        department,
        category,
        subcategory,
        product_count,
        sold_product_count,
        order_count,
        customer_count,
        unit_count,
        returned_quantity,
        gross_amount,
        discount_amount,
        returns_amount,
        net_amount,
        covered_net_amount,
        margin_amount,
        sum(net_amount) over (partition by hierarchy_level) as shop_net_amount
    from summed
),

final as (
    select
        hierarchy_level,
        department,
        category,
        subcategory,
        product_count,
        sold_product_count,
        order_count,
        customer_count,
        unit_count,
        returned_quantity,
        gross_amount,
        discount_amount,
        returns_amount,
        net_amount,
        covered_net_amount,
        margin_amount,
        {{ ratio('margin_amount', 'covered_net_amount') }} as margin_rate,
        {{ ratio('covered_net_amount', 'net_amount') }} as margin_coverage_rate,
        {{ ratio('returned_quantity', 'unit_count') }} as unit_return_rate,
        {{ ratio('returns_amount', 'gross_amount - discount_amount') }} as value_return_rate,
        {{ ratio('net_amount', 'shop_net_amount') }} as revenue_share
    from shared
)

select * from final
