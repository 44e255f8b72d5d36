{#- Rows whose key leads to no row of another relation, or to one with other values: `columns` maps
    each column of the model to the other relation's. Rows without a key are left out. -#}
{% test refers_to(model, key, to, columns, to_key=none, row_where="true") %}

select
    here.*
from {{ model }} as here
left join {{ to }} as there on here.{{ key }} = there.{{ to_key or key }}
where
    here.{{ key }} is not null
    and {{ row_where }}
    and (
        there.{{ to_key or key }} is null
        {%- for column, other in columns.items() %}
        or here.{{ column }} is distinct from there.{{ other }}
        {%- endfor %}
    )

{% endtest %}
