with

levels as (
    select * from {{ ref('fact_inventory_levels') }}
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

ranked as (
    select
        levels.*,
        row_number() over (
            partition by levels.product_id order by levels.level_date desc nulls last
        ) as count_number,
        coalesce(
            levels.level_date > cast({{ dbt.dateadd('day', -365, 'bounds.as_of_date') }} as date)
            and levels.level_date <= bounds.as_of_date,
            false
        ) as is_in_year
    from levels
    cross join bounds
),

final as (
    select
        product_id,
        cast(sum(on_hand) as {{ type_quantity() }}) as on_hand_total,
        cast(sum(case when on_hand = 0 then 1 else 0 end) as bigint) as stockout_count,
        cast(sum(case when is_in_year then on_hand else 0 end) as {{ type_quantity() }})
            as yearly_on_hand_total,
        cast(sum(case when is_in_year then 1 else 0 end) as bigint) as yearly_level_count,
        count(*) as level_count,
        cast(max(case when count_number = 1 then on_hand end) as {{ type_quantity() }})
            as on_hand,
        max(level_date) as level_date
    from ranked
    group by product_id
)

select * from final
