{#- Rows in which two expressions of the model differ; a null on one side only is a difference. -#}
{% test adds_up(model, left, right) %}

select
    *,
    {{ left }} as left_value,
    {{ right }} as right_value
from {{ model }}
where {{ left }} is distinct from {{ right }}

{% endtest %}
