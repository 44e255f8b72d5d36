select department, category, subcategory, net_amount, margin_rate, value_return_rate
from marts.category_performance
where hierarchy_level = 'category' and net_amount > 0
order by net_amount desc, category asc
