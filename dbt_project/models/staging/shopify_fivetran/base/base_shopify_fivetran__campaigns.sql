{{ config(enabled=var('ecommerce_source') == 'shopify_fivetran') }}

with

visits as (
    select * from {{ ref('base_shopify_fivetran__visits') }}
    where campaign_id is not null
),

final as (
    select
        campaign_id,
        min({{ byte_order('campaign_name') }}) as campaign_name,
        min({{ byte_order('channel') }}) as channel,
        min({{ to_local_date('visited_at') }}) as start_date,
        cast(null as date) as end_date,
        cast(null as {{ type_money() }}) as budget,
        max(visited_at) as updated_at,
        max(loaded_at) as loaded_at
    from visits
    group by campaign_id
)

select * from final
