{#- Describes the columns whose comment is another than the documentation's: a new table has them
    all right (see `spark__create_table_as`), and each comment changed is a commit. -#}
{% macro spark__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set is_asked = for_columns and config.persist_column_docs() and model.columns -%}
    {%- if is_asked and not relation.is_view -%}
        {%- set present = {} -%}
        {%- for row in run_query('describe ' ~ relation).rows -%}
            {%- do present.update({row[0] | lower: row[2] or ''}) -%}
        {%- endfor -%}
        {%- for column in model.columns.values()
            if column.name | lower in present
            and column.description != present[column.name | lower] -%}
            {%- call statement('describe_column') -%}
                alter table {{ relation }} alter column {{ adapter.quote(column.name) }}
                comment '{{ dbt.escape_single_quotes(column.description) }}'
            {%- endcall -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
