{#- Second of two steps that spread an amount of money over parts (see `allocate_cents_cut`): the
    part's share as money. The cents that the first step cut off go to the heaviest part; `tie_breaker`
    decides among equals. Where all weights are 0 that part takes the whole amount. -#}
{% macro allocate_cents_settle(amount, cut, weight, partition_by, tie_breaker) -%}
    cast(
        (
            {{ cut }}
            + case
                when
                    row_number() over (
                        partition by {{ partition_by }}
                        order by {{ weight }} desc nulls last, {{ tie_breaker }}
                    ) = 1
                    then
                        cast(abs({{ amount }}) * 100 as bigint)
                        - cast(sum({{ cut }}) over (partition by {{ partition_by }}) as bigint)
                else 0
            end
        )
        * case when {{ amount }} < 0 then -1 else 1 end
        * cast(0.01 as numeric(3, 2))
        as {{ type_money() }}
    )
{%- endmacro %}
