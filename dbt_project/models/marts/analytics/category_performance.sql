{#- Grain: node of the category hierarchy. Amounts are sums over products; orders and customers
    are counted distinctly at each level: an order with two categories is one order of their
    department. -#}
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

sales as (
    select * from {{ ref('int_products__sales_agg') }}
),

sold_items as (
    select
        order_items.order_id,
        order_items.person_id,
        products.department,
        products.category,
        products.subcategory
    from order_items
    inner join products on order_items.product_key = products.product_key
),

counted as (
    {% for level, columns in levels.items() %}
        select
            '{{ level }}' as hierarchy_level,
            {{ "department" if "department" in columns else "'(all)'" }} as department,
            {{ "category" if "category" in columns else "'(all)'" }} as category,
            {{ "subcategory" if "subcategory" in columns else "'(all)'" }} as subcategory,
            count(distinct order_id) as order_count,
            count(distinct person_id) as customer_count
        from sold_items
        {% if columns %}group by {{ columns | join(', ') }}{% endif %}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

nodes as (
    {% for level, columns in levels.items() %}
        select
            product_key,
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
        {% for amount in ['gross', 'discount', 'returns', 'net', 'covered_net'] %}
            cast(coalesce(sum(sales.{{ amount }}_amount), 0) as {{ type_money() }})
                as {{ amount }}_amount,
        {% endfor %}
        cast(sum(sales.margin_amount) as {{ type_money() }}) as margin_amount,
        cast(coalesce(sum(sales.unit_count), 0) as {{ type_quantity() }}) as unit_count,
        cast(coalesce(sum(sales.returned_quantity), 0) as {{ type_quantity() }})
            as returned_quantity,
        count(*) as product_count,
        count(sales.product_key) as sold_product_count
    from nodes
    left join sales on nodes.product_key = sales.product_key
    group by
        nodes.hierarchy_level,
        nodes.department,
        nodes.category,
        nodes.subcategory
),

shared as (
    select
        summed.*,
        coalesce(counted.order_count, 0) as order_count,
        coalesce(counted.customer_count, 0) as customer_count,
        sum(summed.net_amount) over (partition by summed.hierarchy_level) as shop_net_amount
    from summed
    left join counted
        on
            summed.hierarchy_level = counted.hierarchy_level
            and summed.department = counted.department
            and summed.category = counted.category
            and summed.subcategory = counted.subcategory
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
