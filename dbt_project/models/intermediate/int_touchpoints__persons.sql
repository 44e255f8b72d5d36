{#- Grain: touchpoint; the person is null until the visitor signs in. An anonymous id belongs to
    the account it was first seen with: touchpoints before that sign-in count for the same
    person. -#}
with

touchpoints as (
    select * from {{ ref('fact_marketing_touchpoints') }}
),

customers as (
    select * from {{ ref('stg_ecommerce__customers') }}
),

ranked_sightings as (
    select
        *,
        row_number() over (
            partition by anonymous_id
            order by touched_at asc nulls last, {{ key_order('touchpoint_id') }} asc
        ) as sighting_number
    from touchpoints
    where anonymous_id is not null and customer_id is not null
),

first_sightings as (
    select * from ranked_sightings
    where sighting_number = 1
),

final as (
    select
        touchpoints.touchpoint_id,
        customers.person_id,
        touchpoints.anonymous_id,
        touchpoints.campaign_key,
        touchpoints.channel,
        touchpoints.touched_at
    from touchpoints
    left join first_sightings on touchpoints.anonymous_id = first_sightings.anonymous_id
    left join customers
        on coalesce(touchpoints.customer_id, first_sightings.customer_id) = customers.customer_id
)

select * from final
