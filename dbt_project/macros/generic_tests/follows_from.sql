{#- Rows in which a column is not what an expression over the same row says; one scan for all. -#}
{% test follows_from(model, columns, row_where="true") %}

select *
from {{ model }}
where
    {{ row_where }}
    and (
        {%- for column, expression in columns.items() %}
        {{ "or " if not loop.first }}{{ column }} is distinct from {{ expression }}
        {%- endfor %}
    )

{% endtest %}
