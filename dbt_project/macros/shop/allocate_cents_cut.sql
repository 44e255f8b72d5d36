{#- First of two steps that spread an amount of money over parts in proportion to whole-number
    weights, so that the parts add up to the amount exactly: each part's share cut to whole cents, as
    a bigint of 0 or more. The second step, `allocate_cents_settle`, hands out the cents cut off.
    Weights are bigints of 0 or more; amount in cents x weight stays under 9.2e18. -#}
{% macro allocate_cents_cut(amount, weight, partition_by) -%}
    {%- set cents -%} cast(abs({{ amount }}) * 100 as bigint) * {{ weight }} {%- endset -%}
    {%- set base -%}
        nullif(cast(sum({{ weight }}) over (partition by {{ partition_by }}) as bigint), 0)
    {%- endset -%}
    coalesce({{ divide_integers(cents, base) }}, 0)
{%- endmacro %}
