{#- Grain: visit that led to an order: those that Shopify recorded, else the order's own address
    tags. -#}
{{ config(enabled=var('ecommerce_source') == 'shopify_fivetran') }}

with

orders as (
    select * from {{ contract_source('order', 'shopify_fivetran') }}
    where not _fivetran_deleted
),

url_tags as (
    select * from {{ contract_source('order_url_tag', 'shopify_fivetran') }}
),

customer_visits as (
    select * from {{ contract_source('customer_visit', 'shopify_fivetran') }}
),

visited_orders as (
    select distinct order_id
    from customer_visits
),

tagged as (
    select
        order_id,
        max(case when lower(key) = 'utm_source' then value end) as visit_source,
        max(case when lower(key) = 'utm_medium' then value end) as medium,
        max(case when lower(key) = 'utm_campaign' then value end) as campaign,
        max(_fivetran_synced) as synced_at
    from url_tags
    where not _fivetran_deleted
    group by order_id
),

visits as (
    select
        id as visit_id,
        order_id,
        nullif(trim(coalesce(utm_parameters_source, source)), '') as visit_source,
        nullif(trim(coalesce(utm_parameters_medium, source_type)), '') as medium,
        nullif(trim(utm_parameters_campaign), '') as campaign,
        occurred_at,
        _fivetran_synced as synced_at
    from customer_visits
    where not _fivetran_deleted

    union all

    select
        {{ made_key('visit', made_key('order', 'tagged.order_id')) }} as visit_id,
        tagged.order_id,
        nullif(trim(tagged.visit_source), '') as visit_source,
        nullif(trim(tagged.medium), '') as medium,
        nullif(trim(tagged.campaign), '') as campaign,
        cast(null as timestamp) as occurred_at,
        tagged.synced_at
    from tagged
    left join visited_orders on tagged.order_id = visited_orders.order_id
    where visited_orders.order_id is null
),

channelled as (
    select
        visits.visit_id,
        visits.order_id,
        nullif(orders.customer_id, {{ "'0'" if var('key_type') == 'string' else 0 }})
            as customer_id,
        {{ utm_channel('visits.visit_source', 'visits.medium') }} as channel,
        visits.campaign,
        coalesce(visits.occurred_at, orders.processed_at, orders.created_at) as visited_at,
        greatest(visits.synced_at, orders._fivetran_synced) as loaded_at
    from visits
    inner join orders on visits.order_id = orders.id
    where coalesce(visits.visit_source, visits.medium, visits.campaign) is not null
),

final as (
    select
        visit_id,
        order_id,
        customer_id,
        channel,
        case
            when campaign is not null
                then {{ hashed_key("concat(channel, ' ', " ~ ascii_lower('campaign') ~ ")") }}
        end as campaign_id,
        campaign as campaign_name,
        visited_at,
        loaded_at
    from channelled
)

select * from final
