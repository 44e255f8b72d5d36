{#- True where the condition holds in any row of the group, false elsewhere, never null. -#}
{% macro any_true(condition) -%}
    {{ return(adapter.dispatch('any_true', 'ecommerce_analytics')(condition)) }}
{%- endmacro %}

{% macro default__any_true(condition) -%}
    (max(case when {{ condition }} then 1 else 0 end) = 1)
{%- endmacro %}
