{#- First of two steps that spread a whole number (cents, units) over parts in proportion to
    whole-number weights, so that the parts add up to it exactly: each part's share without its
    fraction, 0 or more. The second step, `allocate_settle`, hands out what the first cut off.
    Weights are bigints of 0 or more; number x weight stays under 9.2e18. -#}
{% macro allocate_cut(whole, weight, partition_by) -%}
    {%- set base -%}
        nullif(cast(sum({{ weight }}) over (partition by {{ partition_by }}) as bigint), 0)
    {%- endset -%}
    coalesce({{ divide_integers('abs(' ~ whole ~ ') * ' ~ weight, base) }}, 0)
{%- endmacro %}
