{#- Selects whole rows, so that a failure shows their keys; dbt_utils selects the number 1 per
    row. -#}
{% macro default__test_expression_is_true(model, expression, column_name) %}

select *
from {{ model }}
where not ({{ column_name ~ ' ' if column_name }}{{ expression }})

{% endmacro %}
