{#- Rows in which any of the columns is null: one scan for the whole list. -#}
{% test not_null_columns(model, column_names) %}

select *
from {{ model }}
where
    {{ column_names | join(' is null\n    or ') }} is null

{% endtest %}
