{#- Creates a table that enforces its contract, in one commit. dbt-spark enforces no constraint
    on Iceberg (dbt-labs/dbt-spark issue 656) and alters the table once per described column.
    Here a temporary view has the comments and raises an error on a null that the contract
    forbids; the table is created from the view. -#}
{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if temporary -%}
        create or replace temporary view {{ relation.identifier }} as
        {{ compiled_code }}
    {%- else -%}
        {%- set staged = relation.identifier ~ '__dbt_new' -%}
        {%- set is_contracted = config.get('contract') and config.get('contract').enforced -%}
        {%- if is_contracted -%}
            {%- do get_assert_columns_equivalent(compiled_code) -%}
            {#- The table's columns are in the contract's order. -#}
            {%- set names = model.columns.values() | map(attribute='name') | list -%}
        {%- elif config.persist_column_docs() -%}
            {%- set names = get_columns_in_query(compiled_code) -%}
        {%- endif -%}
        {%- call statement('stage_' ~ staged) -%}
            create or replace temporary view {{ staged }}
            {% if names -%}
                ({{ _spark_column_comments(names) }})
            {%- endif %} as
            {{ _spark_held_to_contract(compiled_code) if is_contracted else compiled_code }}
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

{#- A model's query with the contract's columns in the contract's order. A null in a column that
    is `not_null` or the primary key raises an error. -#}
{% macro _spark_held_to_contract(compiled_code) -%}
    select
        {%- for column in model.columns.values() %}
        {%- set kinds = column.constraints | map(attribute='type') | map('string') | list %}
        {% if 'not_null' in kinds or 'primary_key' in kinds -%}
            coalesce(
                {{ column.name }}, raise_error('{{ model.name }}.{{ column.name }} is null')
            ) as {{ column.name }}
        {%- else -%}
            {{ column.name }}
        {%- endif -%}
        {{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ compiled_code }}
    ) as model_rows
{%- endmacro %}

{#- dbt's unit tests fetch rows from the statement that creates the temporary view, which fails
    on a Thrift server. Here the view is created first, and a query on it is returned. -#}
{% macro spark__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- if temporary -%}
        {%- call statement('create_temporary_view') -%}
            {{ create_table_as(True, relation, sql) }}
        {%- endcall -%}
        select 1 as created
    {%- else -%}
        {{ create_table_as(False, relation, sql) }}
    {%- endif -%}
{%- endmacro %}

{#- Sets only the column comments that differ from the documentation. dbt-spark sets every
    comment in every run, and each is a separate commit in the table's history. -#}
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
