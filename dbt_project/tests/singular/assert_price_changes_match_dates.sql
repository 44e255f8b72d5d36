with

changes as (
    select * from {{ ref('price_changes') }}
),

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid and line_type = 'product' and quantity > 0
),

counted as (
    select
        changes.product_id,
        changes.change_date,
        sum(
            case
                when order_items.order_date < changes.last_old_price_date then order_items.quantity
                else 0
            end
        ) as units_before,
        sum(
            case
                when order_items.order_date > changes.change_date then order_items.quantity
                else 0
            end
        ) as units_after,
        max(
            case
                when order_items.order_date > changes.last_old_price_date
                    and order_items.order_date < changes.change_date
                    then 1
                else 0
            end
        ) as sold_between
    from changes
    inner join order_items
        on
            changes.product_id = order_items.product_id
            and {{ dbt.dateadd('day', '-1 * changes.days_before', 'changes.last_old_price_date') }}
            <= order_items.order_date
            and {{ dbt.dateadd('day', 'changes.days_after', 'changes.change_date') }}
            >= order_items.order_date
    group by
        changes.product_id,
        changes.change_date
)

select
    changes.product_id,
    changes.change_date,
    changes.units_before,
    changes.units_after,
    counted.units_before as counted_before,
    counted.units_after as counted_after
from changes
left join counted
    on
        changes.product_id = counted.product_id
        and changes.change_date = counted.change_date
where
    changes.units_before is distinct from counted.units_before
    or changes.units_after is distinct from counted.units_after
    or counted.sold_between <> 0
    or changes.days_before > {{ var('price_change_window_days') }}
    or changes.days_after > {{ var('price_change_window_days') }}
