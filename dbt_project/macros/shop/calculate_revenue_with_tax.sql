{#- An amount plus tax at a rate (0.0825 for 8.25 %), exact to the cent, half a cent rounded
    away from zero. -#}
{% macro calculate_revenue_with_tax(amount, tax_rate) -%}
    cast(
        round(
            cast({{ amount }} as {{ type_money() }})
            * (1 + cast({{ tax_rate }} as numeric(9, 6))),
            2
        ) as {{ type_money() }}
    )
{%- endmacro %}
