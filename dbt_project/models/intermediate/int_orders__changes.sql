{#- Grain: order x person it ever belonged to. Each run compares the state of every order's
    inputs with the last one it saw, so any change is found in any order of replication. Other
    incremental models read only the changed orders, or all orders of their persons. -#}
with

orders as (
    select * from {{ ref('int_orders__accepted') }}
),

persons as (
    select * from {{ ref('int_orders__persons') }}
),

order_items as (
    select * from {{ ref('stg_ecommerce__order_items') }}
),

refunds as (
    select * from {{ ref('stg_ecommerce__refunds') }}
),

product_versions as (
    select * from {{ ref('dim_products_history') }}
),

lines_by_order as (
    select
        order_id,
        count(*) as line_count,
        cast(sum({{ epoch_microseconds('loaded_at') }}) as numeric(38, 0)) as line_load_sum
    from order_items
    group by order_id
),

-- Left joins keep this join order: orders joined to versions first would be far too many rows.
versions_by_order as (
    select
        order_items.order_id,
        count(product_versions.product_id) as version_count
    from order_items
    left join orders on order_items.order_id = orders.order_id
    left join product_versions
        on
            order_items.product_id = product_versions.product_id
            and orders.ordered_at >= product_versions.valid_from
    group by order_items.order_id
),

refunds_by_order as (
    select
        order_id,
        count(*) as refund_count,
        cast(sum({{ epoch_microseconds('loaded_at') }}) as numeric(38, 0)) as refund_load_sum
    from refunds
    group by order_id
),

states as (
    select
        orders.order_id,
        persons.person_id,
        persons.customer_id,
        orders.order_status,
        orders.loaded_at as order_loaded_at,
        persons.loaded_at as person_loaded_at,
        false as is_deleted,
        coalesce(lines_by_order.line_count, 0) as line_count,
        coalesce(lines_by_order.line_load_sum, cast(0 as numeric(38, 0))) as line_load_sum,
        coalesce(versions_by_order.version_count, 0) as version_count,
        coalesce(refunds_by_order.refund_count, 0) as refund_count,
        coalesce(
            refunds_by_order.refund_load_sum, cast(0 as numeric(38, 0))
        ) as refund_load_sum
    from orders
    inner join persons on orders.order_id = persons.order_id
    left join lines_by_order on orders.order_id = lines_by_order.order_id
    left join versions_by_order on orders.order_id = versions_by_order.order_id
    left join refunds_by_order on orders.order_id = refunds_by_order.order_id

    {% if is_incremental() -%}
    union all

    select
        order_id,
        person_id,
        customer_id,
        order_status,
        order_loaded_at,
        person_loaded_at,
        true as is_deleted,
        line_count,
        line_load_sum,
        version_count,
        refund_count,
        refund_load_sum
    from {{ this }} as seen
    where
        not exists (
            select persons.order_id
            from persons
            where
                persons.order_id = seen.order_id
                and persons.person_id = seen.person_id
        )

    except

    select
        order_id,
        person_id,
        customer_id,
        order_status,
        order_loaded_at,
        person_loaded_at,
        is_deleted,
        line_count,
        line_load_sum,
        version_count,
        refund_count,
        refund_load_sum
    from {{ this }}
    {%- endif %}
),

final as (
    select
        order_id,
        person_id,
        customer_id,
        order_status,
        order_loaded_at,
        person_loaded_at,
        is_deleted,
        line_count,
        line_load_sum,
        version_count,
        refund_count,
        refund_load_sum,
        {% set started_at -%}
            cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
        {%- endset %}
        {% if is_incremental() -%}
            (
                select
                    coalesce(
                        greatest(
                            {{ started_at }},
                            {{ dbt.dateadd('second', 1, 'max(changed_at)') }}
                        ),
                        {{ started_at }}
                    )
                from {{ this }}
            ) as changed_at
        {%- else -%}
            {{ started_at }} as changed_at
        {%- endif %}
    from states
)

select * from final
