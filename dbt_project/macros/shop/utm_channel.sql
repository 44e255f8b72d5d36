{#- The marketing channel of a visit's source and medium, such as `google` and `cpc`. What is in no
    list keeps its medium, else its source, for the seed `value_mapping` to translate. -#}
{% macro utm_channel(source, medium) -%}
    {%- set places = {
        'email': ['email', 'e-mail', 'newsletter'],
        'social': [
            'social', 'paid_social', 'paidsocial', 'paid-social', 'social-media', 'social_media'
        ],
        'search': [
            'search', 'cpc', 'ppc', 'paid_search', 'paidsearch', 'paid-search', 'organic', 'seo',
            'sem', 'shopping'
        ],
        'display': ['display', 'banner', 'cpm', 'retargeting'],
        'affiliate': ['affiliate', 'affiliates', 'partner', 'referral'],
        'direct': ['direct', '(none)'],
    } -%}
    {%- set networks = [
        'facebook', 'fb', 'instagram', 'ig', 'tiktok', 'pinterest', 'snapchat', 'twitter', 'x',
        'linkedin', 'youtube', 'reddit'
    ] -%}
    case
        when
            lower({{ source }}) in ('{{ networks | join("', '") }}')
            and coalesce(lower({{ medium }}), '') not in ('display', 'affiliate', 'email')
            then 'social'
        {%- for channel, media in places.items() %}
        when lower({{ medium }}) in ('{{ media | join("', '") }}') then '{{ channel }}'
        {%- endfor %}
        when lower({{ source }}) in ('google', 'bing', 'duckduckgo', 'yahoo') then 'search'
        when
            lower({{ source }}) in ('klaviyo', 'mailchimp', 'newsletter', 'email')
            and {{ medium }} is null
            then 'email'
        else coalesce({{ medium }}, {{ source }}, 'direct')
    end
{%- endmacro %}
