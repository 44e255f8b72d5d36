{#- Allocation, step 2 by largest remainder (see `allocate_cut`): the part's final share, with the
    sign of the whole. What step 1 left over goes to the first parts by `place`, one unit each;
    `allocate_remainder` is what to sort them by. At least one weight must be above 0. -#}
{% macro allocate_spread(whole, cut, total_cut, place) -%}
    (
        {{ cut }}
        + case
            when {{ place }} <= abs({{ whole }}) - cast({{ total_cut }} as bigint) then 1
            else 0
        end
    ) * case when {{ whole }} < 0 then -1 else 1 end
{%- endmacro %}
