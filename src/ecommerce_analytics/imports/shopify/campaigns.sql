-- No rows: an orders export does not say which campaign brought an order.
select
    key(null) as campaign_id, -- empty: an export does not have it
    cast(null as varchar) as campaign_name, -- empty: an export does not have it
    cast(null as varchar) as channel, -- empty: an export does not have it
    cast(null as date) as start_date, -- empty: an export does not have it
    cast(null as date) as end_date, -- empty: an export does not have it
    cast(null as decimal(18, 2)) as budget, -- empty: an export does not have it
    cast(null as timestamp) as updated_at -- empty: an export does not have it
where false
