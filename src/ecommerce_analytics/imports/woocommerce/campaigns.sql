-- No rows: what orders say of their campaign (_wc_order_attribution_*) is not mapped.
select
    key(null) as campaign_id, -- empty: the orders' attribution is not mapped
    cast(null as varchar) as campaign_name, -- empty: the orders' attribution is not mapped
    cast(null as varchar) as channel, -- empty: the orders' attribution is not mapped
    cast(null as date) as start_date, -- empty: the orders' attribution is not mapped
    cast(null as date) as end_date, -- empty: the orders' attribution is not mapped
    cast(null as decimal(18, 2)) as budget, -- empty: the orders' attribution is not mapped
    cast(null as timestamp) as updated_at -- empty: the orders' attribution is not mapped
where false
