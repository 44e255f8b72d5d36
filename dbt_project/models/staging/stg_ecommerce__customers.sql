with

source as (
    select * from {{ contract_source('customers') }}
),

erased as (
    select * from {{ erased_accounts() }}
),

-- An erased customer stays erased, even if a later export still has the data.
cleaned as (
    select
        source.customer_id,
        coalesce(
            erased.person_customer_id, cast(source.customer_id as {{ type_key() }})
        ) as person_customer_id,
        case
            when erased.customer_id is null then nullif({{ strip_blanks('source.email') }}, '')
        end as email,
        case
            when erased.customer_id is null then {{ normalize_email('source.email') }}
        end as normalized_email,
        case when erased.customer_id is null then source.customer_name end as customer_name,
        source.segment,
        case when erased.customer_id is null then source.state end as state,
        source.country,
        case when erased.customer_id is null then source.city end as city,
        source.acquisition_channel,
        source.accepts_marketing,
        source.is_test,
        source.signed_up_at,
        source.updated_at,
        greatest(source.loaded_at, coalesce(erased.loaded_at, source.loaded_at)) as loaded_at
    from source
    left join erased on source.customer_id = erased.customer_id
),

final as (
    select
        customer_id,
        {{ person_id('normalized_email', 'customer', 'person_customer_id') }} as person_id,
        email,
        normalized_email,
        customer_name,
        segment,
        state,
        country,
        city,
        acquisition_channel,
        accepts_marketing,
        is_test,
        signed_up_at,
        updated_at,
        loaded_at
    from cleaned
)

select * from final
