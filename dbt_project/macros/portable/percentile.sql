{#- The smallest value that at least the given share of rows do not exceed: always a value from
    the data, never an average of two, so that every engine gives the same result. -#}
{% macro percentile(expression, share) -%}
    percentile_disc({{ share }}) within group (order by {{ expression }})
{%- endmacro %}
