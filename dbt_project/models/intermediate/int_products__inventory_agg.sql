with

levels as (
    select * from {{ ref('fact_inventory_levels') }}
),

ranked as (
    select
        product_id,
        level_date,
        on_hand,
        row_number() over (
            partition by product_id order by level_date desc nulls last
        ) as count_number
    from levels
),

final as (
    select
        product_id,
        cast(sum(on_hand) as bigint) as on_hand_total,
        cast(sum(case when on_hand = 0 then 1 else 0 end) as bigint) as stockout_count,
        count(*) as level_count,
        max(case when count_number = 1 then on_hand end) as on_hand,
        max(level_date) as level_date
    from ranked
    group by product_id
)

select * from final
