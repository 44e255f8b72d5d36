{#- Integer a x b / c that drops the remainder. All three are bigints and so is the result; the
    product may be wider than 64 bits, as with prices in rials or dong. -#}
{% macro multiply_then_divide(a, b, c) -%}
    {{ return(adapter.dispatch('multiply_then_divide', 'ecommerce_analytics')(a, b, c)) }}
{%- endmacro %}

{% macro default__multiply_then_divide(a, b, c) -%}
    cast(div(cast({{ a }} as numeric) * ({{ b }}), ({{ c }})) as bigint)
{%- endmacro %}

{% macro duckdb__multiply_then_divide(a, b, c) -%}
    cast((cast({{ a }} as hugeint) * ({{ b }})) // ({{ c }}) as bigint)
{%- endmacro %}

{% macro spark__multiply_then_divide(a, b, c) -%}
    (
        (cast({{ a }} as decimal(19, 0)) * cast({{ b }} as decimal(19, 0)))
        div cast({{ c }} as decimal(19, 0))
    )
{%- endmacro %}
