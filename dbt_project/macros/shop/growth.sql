{#- Growth rate: a value divided by an earlier one, minus 1; null unless the earlier one is
    above 0. -#}
{% macro growth(value, base) -%}
    case
        when {{ base }} > 0 then {{ ratio(value ~ ' - ' ~ base, base) }}
    end
{%- endmacro %}
