{#- Selects whole rows, so that a failure shows their keys; dbt selects only the column, which
    is null. -#}
{% macro default__test_not_null(model, column_name) %}

select *
from {{ model }}
where {{ column_name }} is null

{% endmacro %}
