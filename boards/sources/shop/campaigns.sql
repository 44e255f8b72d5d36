select
    campaign_name,
    channel,
    spend,
    first_touch_revenue,
    last_touch_revenue,
    markov_revenue,
    shapley_revenue
from marts.marketing_attribution
where spend > 0
order by spend desc, campaign_name asc
