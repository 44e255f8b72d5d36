select count(distinct currency) as currency_count
from {{ ref('fact_orders') }}
having count(distinct currency) > 1
