{#- Replaces the rows of a snapshot with those of a query over it, in one step. -#}
{% macro replace_versions(relation, columns, query) -%}
    {{ return(
        adapter.dispatch('replace_versions', 'ecommerce_analytics')(relation, columns, query)
    ) }}
{%- endmacro %}

{% macro default__replace_versions(relation, columns, query) -%}
    {%- call statement('replace_versions', auto_begin=true) -%}
        create temporary table {{ relation.identifier }}__repaired as {{ query }};
        delete from {{ relation }};
        insert into {{ relation }} ({{ columns | join(', ') }})
        select {{ columns | join(', ') }} from {{ relation.identifier }}__repaired;
        drop table {{ relation.identifier }}__repaired;
    {%- endcall -%}
    {%- do adapter.commit() -%}
{%- endmacro %}

{% macro spark__replace_versions(relation, columns, query) -%}
    {%- call statement('replace_versions') -%}
        insert overwrite {{ relation }}
        select {{ columns | join(', ') }} from ({{ query }}) as repaired
    {%- endcall -%}
{%- endmacro %}
