{#- Second of two steps that spread a whole number over parts (see `allocate_cut`): the part's
    final share, with the sign of the whole. What the first step cut off goes to one part, by
    custom the heaviest. Where every weight is 0 that part takes it all. -#}
{% macro allocate_settle(whole, cut, total_cut, is_heaviest) -%}
    (
        {{ cut }}
        + case
            when {{ is_heaviest }} then abs({{ whole }}) - cast({{ total_cut }} as bigint)
            else 0
        end
    ) * case when {{ whole }} < 0 then -1 else 1 end
{%- endmacro %}
