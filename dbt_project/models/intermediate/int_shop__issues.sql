{#- Grain: customer, product, campaign, spend day or stock count x rule of data_quality_rules. -#}
{%- set text = dbt.type_string() -%}
with

customers as (
    select * from {{ ref('stg_ecommerce__customers') }}
),

products as (
    select * from {{ ref('stg_ecommerce__products') }}
),

campaigns as (
    select * from {{ ref('stg_ecommerce__campaigns') }}
),

spend as (
    select * from {{ ref('stg_ecommerce__campaign_spend_daily') }}
),

levels as (
    select * from {{ ref('stg_ecommerce__inventory_levels') }}
),

members as (
    select * from {{ ref('dim_campaigns') }}
),

final as (
    select
        cast(customer_id as {{ text }}) as source_key,
        'customer_time_not_credible' as rule,
        concat('signed up on ', cast(cast(signed_up_at as date) as {{ text }})) as found,
        cast(null as {{ type_money() }}) as amount,
        loaded_at
    from customers
    where not {{ is_credible_time('signed_up_at') }}

    union all

    select
        cast(customer_id as {{ text }}) as source_key,
        'customer_segment_unmapped' as rule,
        concat('segment ', segment) as found,
        cast(null as {{ type_money() }}) as amount,
        loaded_at
    from customers
    left join (
        {{ value_mapping('segment') }}
    ) as mapping on {{ mapping_form('customers.segment') }} = mapping.source_value
    where
        customers.segment is not null
        and {{ mapped_value('segment', 'customers.segment', 'mapping.value', "'(unmapped)'") }}
        = '(unmapped)'

    union all

    select
        cast(product_id as {{ text }}) as source_key,
        'product_time_not_credible' as rule,
        concat('created on ', cast(cast(created_at as date) as {{ text }})) as found,
        cast(null as {{ type_money() }}) as amount,
        loaded_at
    from products
    where not {{ is_credible_time('created_at') }}

    union all

    select
        cast(campaigns.campaign_id as {{ text }}) as source_key,
        'campaign_channel_unmapped' as rule,
        concat('channel ', campaigns.channel) as found,
        cast(null as {{ type_money() }}) as amount,
        campaigns.loaded_at
    from campaigns
    inner join members on campaigns.campaign_id = members.campaign_id
    where members.channel = '(unmapped)'

    union all

    select
        concat(cast(spend.campaign_id as {{ text }}), ' ', cast(spend.spend_date as {{ text }}))
            as source_key,
        'spend_campaign_missing' as rule,
        concat('campaign ', cast(spend.campaign_id as {{ text }})) as found,
        spend.spend as amount,
        spend.loaded_at
    from spend
    left join campaigns on spend.campaign_id = campaigns.campaign_id
    where campaigns.campaign_id is null

    union all

    select
        concat(cast(campaign_id as {{ text }}), ' ', cast(spend_date as {{ text }}))
            as source_key,
        'spend_date_not_credible' as rule,
        concat('spent on ', cast(spend_date as {{ text }})) as found,
        spend as amount,
        loaded_at
    from spend
    where not {{ is_credible_time('spend_date') }}

    union all

    select
        concat(cast(levels.product_id as {{ text }}), ' ', cast(levels.level_date as {{ text }}))
            as source_key,
        'level_product_missing' as rule,
        concat('product ', cast(levels.product_id as {{ text }})) as found,
        cast(null as {{ type_money() }}) as amount,
        levels.loaded_at
    from levels
    left join products on levels.product_id = products.product_id
    where products.product_id is null

    union all

    select
        concat(cast(product_id as {{ text }}), ' ', cast(level_date as {{ text }}))
            as source_key,
        'level_date_not_credible' as rule,
        concat('counted on ', cast(level_date as {{ text }})) as found,
        cast(null as {{ type_money() }}) as amount,
        loaded_at
    from levels
    where not {{ is_credible_time('level_date') }}
)

select * from final
