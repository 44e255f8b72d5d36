{#- A table with its contract, whose primary key is added when the rows are there: DuckDB then
    builds the key's index at once, in half the time of adding them one by one. All in the model's
    transaction, so that a key that is there twice leaves the old table. -#}
{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- if temporary or language != 'sql' or not config.get('contract').enforced -%}
        {{ return(dbt.duckdb__create_table_as(
            temporary, relation, compiled_code, language, partitioned_by, sorted_by
        )) }}
    {%- endif -%}
    {%- do get_assert_columns_equivalent(compiled_code) -%}
    {%- set key, columns, constraints = [], {}, [] -%}
    {%- for name, column in model.columns.items() -%}
        {%- if column.constraints | selectattr('type', 'equalto', 'primary_key') | list -%}
            {%- do key.append(name) -%}
        {%- endif -%}
        {%- set others = column.constraints | rejectattr('type', 'equalto', 'primary_key') -%}
        {%- do columns.update({name: dict(column, constraints=others | list)}) -%}
    {%- endfor -%}
    {%- for constraint in model.constraints -%}
        {%- if constraint.type == 'primary_key' -%}
            {%- do key.extend(constraint.columns) -%}
        {%- else -%}
            {%- do constraints.append(constraint) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set definitions =
        adapter.render_raw_columns_constraints(raw_columns=columns)
        + adapter.render_raw_model_constraints(raw_constraints=constraints)
    -%}
    create table {{ relation }} (
        {{ definitions | join(',\n        ') }}
    );
    insert into {{ relation }} {{ get_column_names() }} (
        {{ get_select_subquery(compiled_code) }}
    )
    {%- if key %};
    alter table {{ relation }} add primary key ({{ key | join(', ') }})
    {%- endif %}
{%- endmacro %}
