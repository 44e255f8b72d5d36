{#- Grain: customer, product or stock count x rule of data_quality_rules that it breaks. -#}
{%- set text = dbt.type_string() -%}
with

customers as (
    select * from {{ ref('stg_ecommerce__customers') }}
),

products as (
    select * from {{ ref('stg_ecommerce__products') }}
),

levels as (
    select * from {{ ref('stg_ecommerce__inventory_levels') }}
),

segment_mapping as (
    {{ value_mapping('segment') }}
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
        cast(customers.customer_id as {{ text }}) as source_key,
        'customer_segment_unmapped' as rule,
        concat('segment ', customers.segment) as found,
        cast(null as {{ type_money() }}) as amount,
        customers.loaded_at
    from customers
    left join segment_mapping
        on {{ mapping_form('customers.segment') }} = segment_mapping.source_value
    where
        customers.segment is not null
        and {{ mapped_value(
            'segment', 'customers.segment', 'segment_mapping.value', "'(unmapped)'"
        ) }} = '(unmapped)'

    union all

    select
        cast(customer_id as {{ text }}) as source_key,
        'customer_email_decomposed' as rule,
        'a decomposed letter' as found,
        cast(null as {{ type_money() }}) as amount,
        loaded_at
    from customers
    where {{ has_combining_marks('email') }}

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
