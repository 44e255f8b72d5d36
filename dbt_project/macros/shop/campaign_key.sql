{#- The key of a row of dim_campaigns: the campaign's if there is one, else that of the
    channel's member without a campaign; channel `(none)` means no touchpoint at all. -#}
{% macro campaign_key(campaign_id, channel) -%}
    case
        when {{ campaign_id }} is not null
            then {{ dbt_utils.generate_surrogate_key(["'campaign'", campaign_id]) }}
        else {{ dbt_utils.generate_surrogate_key(["'channel'", channel]) }}
    end
{%- endmacro %}
