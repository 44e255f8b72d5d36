{{ config(enabled=var('ecommerce_source') == 'shopify_fivetran') }}

with

visits as (
    select * from {{ ref('base_shopify_fivetran__visits') }}
),

final as (
    select
        visit_id as touchpoint_id,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as anonymous_id,
        channel,
        campaign_id,
        case channel
            when 'email' then 'email'
            when 'direct' then 'direct'
            else 'click'
        end as touch_type,
        visited_at as touched_at,
        loaded_at
    from visits
)

select * from final
