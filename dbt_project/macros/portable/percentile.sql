{#- The smallest value that at least that share of the rows do not exceed: a value of the data,
    never an average of two, so that every engine gives the same. -#}
{% macro percentile(expression, share) -%}
    percentile_disc({{ share }}) within group (order by {{ expression }})
{%- endmacro %}
