{#- What rounding down in `allocate_cut` took from a part, in units of 1 / total weight. The
    products may be wider than 64 bits. -#}
{% macro allocate_remainder(whole, weight, total_weight, cut) -%}
    cast(abs({{ whole }}) as numeric(19, 0)) * cast({{ weight }} as numeric(19, 0))
    - cast({{ cut }} as numeric(19, 0)) * cast({{ total_weight }} as numeric(19, 0))
{%- endmacro %}
