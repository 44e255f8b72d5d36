{#- A point in time as a UTC timestamp without a time zone, in any session time zone. Text with
    an offset is converted; text without one is UTC. -#}
{% macro to_utc_timestamp(moment, from_type) -%}
    {{ return(adapter.dispatch('to_utc_timestamp', 'ecommerce_analytics')(moment, from_type)) }}
{%- endmacro %}

{% macro default__to_utc_timestamp(moment, from_type) -%}
    {%- if from_type == 'timestamptz' -%}
        timezone('UTC', {{ moment }})
    {%- elif from_type == 'string' -%}
        timezone('UTC', cast(
            case
                when {{ moment }} ~ '{{ _time_with_offset() }}' then {{ moment }}
                else {{ moment }} || ' +00:00'
            end as timestamp with time zone
        ))
    {%- else -%}
        cast({{ moment }} as timestamp)
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__to_utc_timestamp(moment, from_type) -%}
    {%- if from_type == 'string' -%}
        timezone('UTC', cast(
            case
                when regexp_matches({{ moment }}, '{{ _time_with_offset() }}') then {{ moment }}
                else {{ moment }} || '+00:00'
            end as timestamp with time zone
        ))
    {%- else -%}
        {{ default__to_utc_timestamp(moment, from_type) }}
    {%- endif -%}
{%- endmacro %}

{#- Spark's timestamps are instants, and its session time zone is UTC. -#}
{% macro spark__to_utc_timestamp(moment, from_type) -%}
    cast({{ moment }} as timestamp)
{%- endmacro %}

{% macro _time_with_offset() -%}
    {{ return(':[0-9.]+ ?(Z|UTC|[+-][0-9][0-9](:?[0-9][0-9])?)$') }}
{%- endmacro %}
