select
    order_id,
    ordered_at,
    loaded_at
from {{ ref('stg_ecommerce__orders') }}
where
    ordered_at > loaded_at
    or shipped_at > loaded_at
    or delivered_at > loaded_at
    or cancelled_at > loaded_at
