{#- The local day of a UTC timestamp, daylight saving included; the shop's own day by default. -#}
{% macro to_local_date(utc_timestamp, time_zone=none) -%}
    {{ return(adapter.dispatch('to_local_date', 'ecommerce_analytics')(
        utc_timestamp, time_zone or var('shop_timezone')
    )) }}
{%- endmacro %}

{% macro default__to_local_date(utc_timestamp, time_zone) -%}
    cast(timezone('{{ time_zone }}', timezone('UTC', {{ utc_timestamp }})) as date)
{%- endmacro %}

{% macro spark__to_local_date(utc_timestamp, time_zone) -%}
    cast(from_utc_timestamp({{ utc_timestamp }}, '{{ time_zone }}') as date)
{%- endmacro %}
