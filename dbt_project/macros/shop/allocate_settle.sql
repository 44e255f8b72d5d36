{#- Second of two steps that spread a whole number over parts (see `allocate_cut`): the part's
    final share, with the sign of the whole. What the first step cut off goes to the heaviest
    part; `tie_breaker` decides among equals. Where every weight is 0 that part takes it all. -#}
{% macro allocate_settle(whole, cut, weight, partition_by, tie_breaker) -%}
    (
        {{ cut }}
        + case
            when
                row_number() over (
                    partition by {{ partition_by }}
                    order by {{ weight }} desc nulls last, {{ tie_breaker }}
                ) = 1
                then
                    abs({{ whole }})
                    - cast(sum({{ cut }}) over (partition by {{ partition_by }}) as bigint)
            else 0
        end
    ) * case when {{ whole }} < 0 then -1 else 1 end
{%- endmacro %}
