{#- Rows that the model and another relation do not have equally often, by the named columns, in
    either direction; a positive surplus is in the model. `compare_columns` has the expression of
    columns that the other relation names or computes differently. -#}
{% test same_rows(
    model, columns, compare_model, compare_columns={}, row_where="true", compare_where="true"
) %}

with

compared as (
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        1 as surplus
    from {{ model }}
    where {{ row_where }}

    union all

    select
        {%- for column in columns %}
        {{ compare_columns.get(column, column) }} as {{ column }},
        {%- endfor %}
        -1 as surplus
    from {{ compare_model }}
    where {{ compare_where }}
)

select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    sum(surplus) as surplus
from compared
group by
    {{ columns | join(',\n    ') }}
having sum(surplus) <> 0

{% endtest %}
