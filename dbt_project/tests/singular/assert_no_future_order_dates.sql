select
    order_id,
    ordered_at,
    loaded_at
from {{ ref('fact_orders') }}
where
    ordered_at > {{ dbt.dateadd('day', 1, 'loaded_at') }}
    or shipped_at > {{ dbt.dateadd('day', 1, 'loaded_at') }}
    or delivered_at > {{ dbt.dateadd('day', 1, 'loaded_at') }}
    or cancelled_at > {{ dbt.dateadd('day', 1, 'loaded_at') }}
