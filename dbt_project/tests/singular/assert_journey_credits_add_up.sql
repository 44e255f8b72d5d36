select
    attribution_model,
    order_id,
    sum(credit) as credit
from {{ ref('attribution_touches') }}
group by
    attribution_model,
    order_id
having abs(sum(credit) - 1) > 0.000001
