with

source as (
    select * from {{ contract_source('customers') }}
),

cleaned as (
    select
        customer_id,
        nullif({{ strip_blanks('email') }}, '') as email,
        {{ normalize_email('email') }} as normalized_email,
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
    from source
),

final as (
    select
        customer_id,
        {{ person_id('normalized_email', 'customer', 'customer_id') }} as person_id,
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
