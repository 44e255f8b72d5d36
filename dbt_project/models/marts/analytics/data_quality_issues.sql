{#- Grain: source row x rule. How the warehouse handles each irregular row is documented in
    data_quality_rules; the value found never contains a person's name or address. -#}
with

orders as (
    select * from {{ ref('int_orders__issues') }}
),

order_items as (
    select * from {{ ref('int_order_items__issues') }}
),

refunds as (
    select * from {{ ref('int_refunds__issues') }}
),

campaigns as (
    select * from {{ ref('int_campaigns__issues') }}
),

shop as (
    select * from {{ ref('int_shop__issues') }}
),

rules as (
    select * from {{ ref('data_quality_rules') }}
),

-- The five models have the same columns in the same order, by contract.
issues as (
    select * from orders

    union all

    select * from order_items

    union all

    select * from refunds

    union all

    select * from campaigns

    union all

    select * from shop
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(
            ['rules.source_table', 'issues.source_key', 'rules.rule']
        ) }} as issue_key,
        rules.source_table,
        issues.source_key,
        rules.rule,
        issues.found,
        rules.treatment,
        rules.description,
        issues.amount,
        issues.loaded_at
    from issues
    inner join rules on issues.rule = rules.rule
)

select * from final
