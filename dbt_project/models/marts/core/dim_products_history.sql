{#- Grain: version of a product. -#}
with

versions as (
    select * from {{ ref('product_snapshot') }}
),

numbered as (
    select
        *,
        coalesce(cast(dbt_is_deleted as {{ dbt.type_boolean() }}), false) as is_deleted,
        cast(
            row_number() over (
                partition by product_id order by dbt_valid_from asc nulls last
            ) as bigint
        ) as version_number,
        lead(dbt_valid_from) over (
            partition by product_id order by dbt_valid_from asc nulls last
        ) as next_valid_from
    from versions
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['product_id', 'version_number']) }}
            as product_history_key,
        product_id,
        product_name,
        category,
        coalesce(subcategory, '(none)') as subcategory,
        is_active,
        list_price,
        unit_cost,
        version_number,
        is_deleted,
        next_valid_from is null and not is_deleted as is_current,
        case
            when version_number = 1 then cast('1970-01-01' as timestamp)
            else dbt_valid_from
        end as valid_from,
        coalesce(next_valid_from, cast('9999-12-31' as timestamp)) as valid_to
    from numbered
)

select * from final
