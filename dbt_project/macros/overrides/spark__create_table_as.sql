{#- A table from a query, in one commit, with what the contract says of its columns: a temporary
    view carries each column's comment and refuses its nulls, and an Iceberg table made from it
    keeps both. dbt-spark would alter the table once for every column, and enforce nothing. -#}
{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if temporary -%}
        create or replace temporary view {{ relation.identifier }} as
        {{ compiled_code }}
    {%- else -%}
        {%- set staged = relation.identifier ~ '__dbt_new' -%}
        {%- set is_contracted = config.get('contract') and config.get('contract').enforced -%}
        {%- if is_contracted -%}
            {%- do get_assert_columns_equivalent(compiled_code) -%}
            {#- The contract's order is the table's, whatever the query's. -#}
            {%- set names = model.columns.values() | map(attribute='name') | list -%}
        {%- elif config.persist_column_docs() -%}
            {%- set names = get_columns_in_query(compiled_code) -%}
        {%- endif -%}
        {%- call statement('stage_' ~ staged) -%}
            create or replace temporary view {{ staged }}
            {% if names -%}
                ({{ _spark_column_comments(names) }})
            {%- endif %} as
            {{ spark_held_to_contract(compiled_code) if is_contracted else compiled_code }}
        {%- endcall -%}
        create or replace table {{ relation }}
        using {{ config.get('file_format') or 'iceberg' }}
        {{ tblproperties_clause() }}
        {{ partition_cols(label='partitioned by') }}
        {{ location_clause() }}
        {{ comment_clause() }}
        as
        select * from {{ staged }}
    {%- endif -%}
{%- endmacro %}

{% macro _spark_column_comments(names) -%}
    {%- set descriptions = {} -%}
    {%- if config.persist_column_docs() -%}
        {%- for column in model.columns.values() -%}
            {%- do descriptions.update({column.name | lower: column.description}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for name in names -%}
        {%- set description = descriptions.get(name | lower) -%}
        {{ adapter.quote(name) }}
        {%- if description %} comment '{{ dbt.escape_single_quotes(description) }}'{% endif %}
        {{- ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
