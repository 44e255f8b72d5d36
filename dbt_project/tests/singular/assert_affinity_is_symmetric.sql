with

pairs as (
    select * from {{ ref('product_affinity') }}
)

select
    pairs.product_id,
    pairs.other_product_id
from pairs
left join pairs as turned
    on
        pairs.product_key = turned.other_product_key
        and pairs.other_product_key = turned.product_key
where
    pairs.pair_order_count is distinct from turned.pair_order_count
    or pairs.support_rate is distinct from turned.support_rate
    or pairs.lift is distinct from turned.lift
    or pairs.confidence_rate is distinct from turned.reverse_confidence_rate
