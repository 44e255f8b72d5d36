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
        source.*,
        erased.customer_id is not null as is_erased,
        erased.loaded_at as erased_at,
        coalesce(
            erased.person_customer_id, cast(source.customer_id as {{ type_key() }})
        ) as person_customer_id,
        case
            when erased.customer_id is null then {{ normalize_email('source.email') }}
        end as normalized_email
    from source
    left join erased on source.customer_id = erased.customer_id
),

final as (
    select
        customer_id,
        {{ person_id('normalized_email', 'customer', 'person_customer_id') }} as person_id,
        case when not is_erased then nullif({{ strip_blanks('email') }}, '') end as email,
        normalized_email,
        case when not is_erased then customer_name end as customer_name,
        segment,
        case when not is_erased then state end as state,
        country,
        case when not is_erased then city end as city,
        acquisition_channel,
        accepts_marketing,
        is_test,
        signed_up_at,
        updated_at,
        greatest(loaded_at, coalesce(erased_at, loaded_at)) as loaded_at
    from cleaned
)

select * from final
