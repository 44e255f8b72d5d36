{#- Grain: person. Predictions are valid only with the parameters they came from: a person from
    another fit gets none. -#}
with

parameters as (
    select * from {{ ref('stg_clv__parameters') }}
),

predictions as (
    select * from {{ ref('stg_clv__predictions') }}
),

final as (
    select
        predictions.person_id,
        predictions.as_of_date as predicted_as_of_date,
        predictions.probability_alive,
        predictions.expected_order_count_365d,
        predictions.expected_net_amount_365d
    from predictions
    inner join parameters on predictions.as_of_date = parameters.as_of_date
)

select * from final
