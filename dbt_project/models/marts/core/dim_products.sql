{#- Grain: product, plus a member per product that is sold or counted but not in the catalogue,
    and one for lines without a product. Those members already have their final keys. -#}
with

products as (
    select * from {{ ref('stg_ecommerce__products') }}
),

order_items as (
    select product_id from {{ ref('int_order_items__amounts') }}
),

levels as (
    select product_id from {{ ref('stg_ecommerce__inventory_levels') }}
),

categories as (
    select * from {{ ref('product_categories') }}
),

mentioned as (
    select product_id from order_items

    union

    select product_id from levels
),

members as (
    select
        product_id,
        sku,
        product_name,
        category,
        subcategory,
        brand,
        is_active,
        list_price,
        unit_cost,
        {{ credible_time('created_at') }} as created_at,
        updated_at
    from products

    union all

    select
        mentioned.product_id,
        cast(null as {{ dbt.type_string() }}) as sku,
        coalesce(
            'Unknown product ' || cast(mentioned.product_id as {{ dbt.type_string() }}),
            '(no product)'
        ) as product_name,
        case
            when mentioned.product_id is null then '(no product)' else '(unknown)'
        end as category,
        cast(null as {{ dbt.type_string() }}) as subcategory,
        cast(null as {{ dbt.type_string() }}) as brand,
        false as is_active,
        cast(null as numeric(18, 4)) as list_price,
        cast(null as numeric(18, 4)) as unit_cost,
        cast(null as {{ dbt.type_timestamp() }}) as created_at,
        cast(null as {{ dbt.type_timestamp() }}) as updated_at
    from mentioned
    left join products on mentioned.product_id = products.product_id
    where products.product_id is null
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['members.product_id']) }} as product_key,
        members.product_id,
        members.sku,
        members.product_name,
        coalesce(categories.department, 'Unmapped') as department,
        members.category,
        coalesce(members.subcategory, '(none)') as subcategory,
        members.brand,
        members.is_active,
        members.list_price,
        members.unit_cost,
        {{ ratio('members.list_price - members.unit_cost', 'members.list_price') }}
            as list_margin_rate,
        categories.return_window_days,
        {{ to_local_date('members.created_at') }} as created_date,
        members.created_at,
        members.updated_at
    from members
    left join categories
        on
            members.category = categories.category
            and members.subcategory = categories.subcategory
)

select * from final
