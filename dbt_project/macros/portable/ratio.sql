{#- The only way to divide: an IEEE double division of exact operands, null if the divisor is
    zero. -#}
{% macro ratio(numerator, denominator) -%}
    (
        cast({{ numerator }} as {{ type_double() }})
        / nullif(cast({{ denominator }} as {{ type_double() }}), 0)
    )
{%- endmacro %}
