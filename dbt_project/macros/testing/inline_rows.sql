{#- A small table as literals in the query: one select per row. -#}
{% macro inline_rows(columns, rows) -%}
    {%- for row in rows %}
    select
        {%- for column in columns %}
        {{ row[loop.index0] }} as {{ column }}
        {{- "," if not loop.last }}
        {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
