{#- First of two steps that spread a whole number (cents, units) over parts in proportion to
    whole-number weights, so that the parts add up to it exactly: each part's share without its
    fraction, 0 or more. The second step, `allocate_settle`, hands out what the first cut off.
    Weights are bigints of 0 or more. -#}
{% macro allocate_cut(whole, weight, total_weight) -%}
    {%- set base = 'nullif(cast(' ~ total_weight ~ ' as bigint), 0)' -%}
    coalesce({{ multiply_then_divide('abs(' ~ whole ~ ')', weight, base) }}, 0)
{%- endmacro %}
