{#- A unit test whose types are described from the model's query; dbt makes a temporary table of it
    to describe, and drops that again. -#}
{% materialization unit, adapter="duckdb" %}
    {%- set types, quoted = {}, {} -%}
    {%- for column in get_column_schema_from_query(sql) -%}
        {%- do types.update({column.name | lower: column.data_type}) -%}
        {%- do quoted.update({column.name | lower: column.quoted}) -%}
    {%- endfor -%}
    {%- set rows = config.get('expected_rows') -%}
    {%- set expected_sql = config.get('expected_sql') or get_expected_sql(rows, types, quoted) -%}
    {%- set names = [] -%}
    {%- for name in (rows[0] if rows else types) -%}
        {%- do names.append(quoted[name | lower]) -%}
    {%- endfor -%}

    {%- call statement('main', fetch_result=True, auto_begin=False) -%}
        {{ get_unit_test_sql(sql, expected_sql, names) }}
    {%- endcall -%}

    {{ return({"relations": []}) }}
{% endmaterialization %}
