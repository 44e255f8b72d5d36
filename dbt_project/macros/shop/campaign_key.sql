{#- The key of a row of dim_campaigns: of the campaign where there is one, else of the channel's
    member without a campaign; channel `(none)` stands for no touch at all. -#}
{% macro campaign_key(campaign_id, channel) -%}
    case
        when {{ campaign_id }} is not null
            then {{ dbt_utils.generate_surrogate_key(["'campaign'", campaign_id]) }}
        else {{ dbt_utils.generate_surrogate_key(["'channel'", channel]) }}
    end
{%- endmacro %}
