{#- A value against an earlier one, minus 1: null where the earlier one is not above 0. -#}
{% macro growth(value, base) -%}
    case
        when {{ base }} > 0 then {{ ratio(value ~ ' - ' ~ base, base) }}
    end
{%- endmacro %}
