{#- A small table written out in the query: a select for each row of SQL literals. -#}
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
