{#- Rows in which any of the columns is below the minimum; null is not below. One scan for the
    list. -#}
{% test at_least(model, column_names, minimum) %}

select *
from {{ model }}
where
    {{ column_names | join(' < ' ~ minimum ~ '\n    or ') }} < {{ minimum }}

{% endtest %}
