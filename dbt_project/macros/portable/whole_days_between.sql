{#- Complete days of 24 hours from one timestamp to a later one, to the microsecond. -#}
{% macro whole_days_between(first_moment, last_moment) -%}
    {{ return(adapter.dispatch('whole_days_between', 'ecommerce_analytics')(
        first_moment, last_moment
    )) }}
{%- endmacro %}

{% macro default__whole_days_between(first_moment, last_moment) -%}
    cast(
        floor(extract(epoch from ({{ last_moment }}) - ({{ first_moment }})) / 86400) as integer
    )
{%- endmacro %}

{% macro duckdb__whole_days_between(first_moment, last_moment) -%}
    cast(
        date_diff('microsecond', {{ first_moment }}, {{ last_moment }}) // 86400000000 as integer
    )
{%- endmacro %}

{% macro spark__whole_days_between(first_moment, last_moment) -%}
    cast(
        (unix_micros({{ last_moment }}) - unix_micros({{ first_moment }})) div 86400000000
        as integer
    )
{%- endmacro %}
