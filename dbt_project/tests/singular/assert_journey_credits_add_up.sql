-- Under every model a journey's credits add up to one order, and none lies outside its window.
select
    attribution_model,
    order_id,
    sum(credit) as credit
from {{ ref('attribution_touches') }}
group by
    attribution_model,
    order_id
having abs(sum(credit) - 1) > 0.000001
