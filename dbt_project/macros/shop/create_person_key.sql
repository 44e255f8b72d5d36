{#- Hook: creates the secret key of a warehouse that was not loaded by `ecom`, once. The engine
    draws the key, so that no statement contains it. Returns no statement. -#}
{% macro create_person_key() -%}
    {%- set relation = raw_relation('person_key') -%}
    {%- set customers = raw_relation(var('raw_tables').get('customers', 'customers')) -%}
    {%- set is_needed = is_connected('customers') or load_relation(customers) is not none -%}
    {%- if audit_changes_models() and load_relation(relation) is none and is_needed -%}
        {%- if not adapter.check_schema_exists(relation.database, relation.schema) -%}
            {%- do adapter.create_schema(relation) -%}
        {%- endif -%}
        {%- do adapter.dispatch('create_person_key', 'ecommerce_analytics')(relation) -%}
        {#- The table lookup began a transaction, which no hook's statement would end. -#}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__create_person_key(relation, random='gen_random_uuid()') -%}
    {%- call statement('create_person_key') -%}
    create table {{ relation }} {{ table_format() }} as
    select
        replace(concat(
            cast({{ random }} as {{ dbt.type_string() }}),
            cast({{ random }} as {{ dbt.type_string() }})
        ), '-', '') as secret
    {%- endcall -%}
{%- endmacro %}

{% macro spark__create_person_key(relation) -%}
    {%- do default__create_person_key(relation, 'uuid()') -%}
{%- endmacro %}

{#- The role may lack the right to create the schema. -#}
{% macro postgres__create_person_key(relation) -%}
    {%- set table = relation.include(database=false) | string -%}
    {%- set query -%}
        select has_schema_privilege('{{ relation.schema }}', 'create')
    {%- endset -%}
    {%- if not run_query(query).rows[0][0] -%}
        {{ exceptions.raise_compiler_error(
            "there is no table " ~ table ~ ", the secret key of the person ids, and " ~ target.user
            ~ " may not make it; load again with `ecom load`, or let the owner of the schema run: "
            ~ "create table " ~ table
            ~ " as select concat(gen_random_uuid(), gen_random_uuid()) as secret; grant select on "
            ~ table ~ " to " ~ target.user
        ) }}
    {%- endif -%}
    {%- do default__create_person_key(relation) -%}
{%- endmacro %}
