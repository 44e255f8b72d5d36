{%- set models = attribution_weights() | list -%}

with

touches as (
    select * from {{ ref('attribution_touches') }}
),

spend as (
    select * from {{ ref('fact_campaign_spend') }}
),

models as (
    {% for model in models %}
        select '{{ model }}' as attribution_model
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

credited_by_month as (
    select
        -- Sums of doubles depend on their order in the last digits; sums of decimals do not.
        {% for model in models %}
            sum({{ model }}_revenue) as {{ model }}_revenue,
            sum(cast({{ model }}_credit as numeric(18, 9))) as {{ model }}_order_count,
            sum(
                case when is_first_order then cast({{ model }}_credit as numeric(18, 9)) else 0 end
            ) as {{ model }}_new_customer_count,
            max({{ model }}_credit) > 0 as has_{{ model }},
        {% endfor %}
        campaign_key,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_start_date
    from touches
    group by
        campaign_key,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date)
),

spend_by_month as (
    select
        campaign_key,
        cast({{ dbt.date_trunc('month', 'spend_date') }} as date) as month_start_date,
        sum(spend) as spend
    from spend
    group by
        campaign_key,
        cast({{ dbt.date_trunc('month', 'spend_date') }} as date)
),

-- Each attribution model's revenue is compared with the same spend.
combined as (
    {% for model in models %}
        select
            '{{ model }}' as attribution_model,
            campaign_key,
            month_start_date,
            {{ model }}_revenue as attributed_revenue,
            {{ model }}_order_count as attributed_order_count,
            {{ model }}_new_customer_count as attributed_new_customer_count,
            0 as spend
        from credited_by_month
        where has_{{ model }}

        union all
    {% endfor %}

    select
        models.attribution_model,
        spend_by_month.campaign_key,
        spend_by_month.month_start_date,
        0 as attributed_revenue,
        0 as attributed_order_count,
        0 as attributed_new_customer_count,
        spend_by_month.spend
    from spend_by_month
    cross join models
),

summed as (
    select
        attribution_model,
        campaign_key,
        month_start_date,
        cast(sum(attributed_revenue) as {{ type_money() }}) as attributed_revenue,
        cast(sum(attributed_order_count) as {{ type_double() }}) as attributed_order_count,
        cast(sum(attributed_new_customer_count) as {{ type_double() }})
            as attributed_new_customer_count,
        cast(sum(spend) as {{ type_money() }}) as spend
    from combined
    group by
        attribution_model,
        campaign_key,
        month_start_date
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(
            ['attribution_model', 'campaign_key', 'month_start_date']
        ) }} as marketing_attribution_monthly_key,
        attribution_model,
        campaign_key,
        month_start_date,
        attributed_revenue,
        attributed_order_count,
        attributed_new_customer_count,
        spend,
        {{ ratio('attributed_revenue', 'spend') }} as roas
    from summed
)

select * from final
