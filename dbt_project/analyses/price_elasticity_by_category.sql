-- Does demand follow prices? The median elasticity of clean price changes, by category.
with

changes as (
    select * from {{ ref('price_changes') }}
    where is_clean and arc_elasticity is not null
),

products as (
    select * from {{ ref('dim_products') }}
),

final as (
    select
        products.category,
        count(*) as change_count,
        sum(case when changes.new_unit_price > changes.old_unit_price then 1 else 0 end)
            as rise_count,
        {{ percentile('changes.arc_elasticity', 0.25) }} as lower_quartile,
        {{ percentile('changes.arc_elasticity', 0.5) }} as median_elasticity,
        {{ percentile('changes.arc_elasticity', 0.75) }} as upper_quartile
    from changes
    inner join products on changes.product_key = products.product_key
    group by products.category
)

select * from final
order by category asc
