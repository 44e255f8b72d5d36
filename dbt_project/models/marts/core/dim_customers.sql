with

customers as (
    select * from {{ ref('stg_ecommerce__customers') }}
),

persons as (
    select * from {{ ref('int_customers__persons') }}
),

order_persons as (
    select * from {{ ref('int_orders__persons') }}
),

segment_mapping as (
    {{ value_mapping('segment') }}
),

channel_mapping as (
    {{ value_mapping('channel') }}
),

accounts as (
    select
        customers.customer_id,
        customers.person_id,
        'account' as customer_type,
        {{ mapped_value(
            'segment', 'customers.segment', 'segment_mapping.value', 'customers.segment'
        ) }} as segment,
        customers.state,
        customers.country,
        customers.city,
        {{ mapped_value(
            'channel',
            'customers.acquisition_channel',
            'channel_mapping.value',
            'customers.acquisition_channel'
        ) }} as acquisition_channel,
        customers.accepts_marketing,
        customers.is_test,
        coalesce(customers.customer_id = persons.customer_id, false) as is_primary_account,
        {{ credible_time('customers.signed_up_at', 'customers.loaded_at') }} as signed_up_at
    from customers
    left join persons on customers.person_id = persons.person_id
    left join segment_mapping
        on {{ mapping_form('customers.segment') }} = segment_mapping.source_value
    left join channel_mapping
        on {{ mapping_form('customers.acquisition_channel') }} = channel_mapping.source_value
),

guests as (
    select distinct
        cast(null as {{ type_key() }}) as customer_id,
        person_id,
        'guest' as customer_type,
        cast(null as {{ dbt.type_string() }}) as segment,
        cast(null as {{ dbt.type_string() }}) as state,
        cast(null as {{ dbt.type_string() }}) as country,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as acquisition_channel,
        false as accepts_marketing,
        false as is_test,
        true as is_primary_account,
        cast(null as {{ dbt.type_timestamp() }}) as signed_up_at
    from order_persons
    where customer_id is null
),

unioned as (
    select * from accounts

    union all

    select * from guests
),

final as (
    select
        {{ customer_key('customer_id', 'person_id') }} as customer_key,
        customer_id,
        person_id,
        customer_type,
        segment,
        state,
        country,
        city,
        acquisition_channel,
        accepts_marketing,
        is_test,
        is_primary_account,
        {{ to_local_date('signed_up_at') }} as signed_up_date,
        signed_up_at
    from unioned
)

select * from final
