select
    month_start_date,
    is_complete,
    net_amount,
    order_count,
    new_customer_count,
    returning_customer_count,
    net_amount_12m_average,
    net_amount_yoy_growth
from marts.orders_monthly
order by month_start_date asc
