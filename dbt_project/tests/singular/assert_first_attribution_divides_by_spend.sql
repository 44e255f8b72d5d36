with

attribution as (
    select * from {{ ref('marketing_attribution', v=1) }}
)

select
    campaign_key,
    attributed_revenue,
    spend,
    roas
from attribution
where roas is distinct from {{ ratio('attributed_revenue', 'spend') }}
