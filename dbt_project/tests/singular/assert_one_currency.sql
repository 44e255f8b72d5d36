-- Amounts of two currencies must not be summed; convert them before they are loaded.
select count(distinct currency) as currency_count
from {{ ref('fact_orders') }}
having count(distinct currency) > 1
