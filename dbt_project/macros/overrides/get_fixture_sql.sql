{#- A fixture's rows, each column of the type that it has in the relation, null where a row does not
    name it. Half of a unit test's time goes into dbt's own, which sets up a context of its own to
    ask for the columns, and calls three macros for each null. -#}
{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
    {%- set is_deferred = defer_relation and not load_relation(this) -%}
    {%- set types = {} -%}
    {%- for column in get_columns_in_relation(defer_relation if is_deferred else this) -%}
        {%- do types.update({column.name | lower: column.data_type}) -%}
    {%- endfor -%}
    {%- for row in rows or [{}] -%}
        {%- set values = format_row(row, types) -%}
        select
        {%- for name, type in types.items() %}
            {{ values.get(name, 'cast(null as ' ~ type ~ ')') }} as {{ adapter.quote(name) }}
            {{- ',' if not loop.last }}
        {%- endfor %}
        {{ 'limit 0' if not rows else 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
