{#- A time of a source row, or null where it cannot be right (see `is_credible_time`). -#}
{% macro credible_time(moment, loaded_at='loaded_at') -%}
    case when {{ is_credible_time(moment, loaded_at) }} then {{ moment }} end
{%- endmacro %}
