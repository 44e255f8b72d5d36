{#- Allocation, step 2 (see `allocate_cut`): the part's final share, with the sign of the whole.
    The remainder of step 1 goes to one part, usually the one with the largest weight. If every
    weight is 0, that part gets everything. -#}
{% macro allocate_settle(whole, cut, total_cut, is_heaviest) -%}
    (
        {{ cut }}
        + case
            when {{ is_heaviest }} then abs({{ whole }}) - cast({{ total_cut }} as bigint)
            else 0
        end
    ) * case when {{ whole }} < 0 then -1 else 1 end
{%- endmacro %}
