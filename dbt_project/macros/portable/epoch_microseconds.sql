{#- Microseconds from 1970 to a timestamp, as a whole number. -#}
{% macro epoch_microseconds(moment) -%}
    {{ return(adapter.dispatch('epoch_microseconds', 'ecommerce_analytics')(moment)) }}
{%- endmacro %}

{% macro default__epoch_microseconds(moment) -%}
    cast(extract(epoch from {{ moment }}) * 1000000 as bigint)
{%- endmacro %}

{% macro duckdb__epoch_microseconds(moment) -%}
    epoch_us({{ moment }})
{%- endmacro %}

{% macro spark__epoch_microseconds(moment) -%}
    unix_micros({{ moment }})
{%- endmacro %}
