with

source as (
    select * from {{ contract_source('campaigns') }}
),

final as (
    select
        campaign_id,
        campaign_name,
        channel,
        start_date,
        end_date,
        budget,
        updated_at,
        loaded_at
    from source
)

select * from final
