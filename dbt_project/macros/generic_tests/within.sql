{#- Rows in which any of the columns is below the minimum or above the maximum; null is neither. -#}
{% test within(model, column_names, minimum, maximum) %}

select *
from {{ model }}
where
    {%- for column_name in column_names %}
    {{ 'or ' if not loop.first }}{{ column_name }} not between {{ minimum }} and {{ maximum }}
    {%- endfor %}

{% endtest %}
