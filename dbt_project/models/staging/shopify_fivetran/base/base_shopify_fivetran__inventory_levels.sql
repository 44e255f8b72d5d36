{#- Grain: variant, on the day of its last stock change: Fivetran has no earlier counts. -#}
{{ config(enabled=var('ecommerce_source') == 'shopify_fivetran') }}

with

levels as (
    select * from {{ contract_source('inventory_level', 'shopify_fivetran') }}
),

quantities as (
    select * from {{ contract_source('inventory_quantity', 'shopify_fivetran') }}
    where lower(name) = 'available'
),

variants as (
    select * from {{ contract_source('product_variant', 'shopify_fivetran') }}
    where not _fivetran_deleted
),

counted as (
    select
        levels.inventory_item_id,
        case
            when not levels._fivetran_deleted
                and not coalesce(quantities._fivetran_deleted, false)
                then coalesce(quantities.quantity, levels.available)
        end as quantity,
        greatest(levels.updated_at, coalesce(quantities.updated_at, levels.updated_at))
            as counted_at,
        greatest(
            levels._fivetran_synced, coalesce(quantities._fivetran_synced, levels._fivetran_synced)
        ) as synced_at
    from levels
    left join quantities on levels.id = quantities.inventory_level_id
),

counts as (
    select
        inventory_item_id,
        sum(quantity) as quantity,
        max(counted_at) as counted_at,
        max(synced_at) as synced_at
    from counted
    group by inventory_item_id
),

final as (
    select
        variants.id as product_id,
        {{ to_local_date('counts.counted_at') }} as level_date,
        cast(counts.quantity as {{ type_quantity() }}) as on_hand,
        counts.synced_at as loaded_at
    from variants
    inner join counts on variants.inventory_item_id = counts.inventory_item_id
    where counts.quantity is not null and counts.counted_at is not null
)

select * from final
