{#- This moment in UTC, as text that every engine casts to a timestamp. -#}
{% macro audit_now() -%}
    {{ return(modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S.%f')) }}
{%- endmacro %}
