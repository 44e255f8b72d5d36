{#- A time of a source row, or null if it is impossible (see `is_credible_time`). -#}
{% macro credible_time(moment, loaded_at='loaded_at', days_ahead=1) -%}
    case when {{ is_credible_time(moment, loaded_at, days_ahead) }} then {{ moment }} end
{%- endmacro %}
