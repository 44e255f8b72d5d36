{#- Allocation, step 1: splits a whole number (cents, units) in proportion to whole-number weights,
    and rounds each part down, to 0 or more. Step 2 distributes the remainder, so that the parts
    add up exactly: `allocate_settle` to one part, `allocate_spread` to the parts with the largest
    remainders. Weights are bigints of 0 or more. -#}
{% macro allocate_cut(whole, weight, total_weight) -%}
    {%- set base -%}
        nullif(cast({{ total_weight }} as bigint), 0)
    {%- endset -%}
    coalesce({{ multiply_then_divide('abs(' ~ whole ~ ')', weight, base) }}, 0)
{%- endmacro %}
