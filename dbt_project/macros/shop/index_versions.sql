{#- Indexes the snapshot's versions by key. Only PostgreSQL looks them up key by key. -#}
{% macro index_versions(relation, key) -%}
    {{ return(adapter.dispatch('index_versions', 'ecommerce_analytics')(relation, key)) }}
{%- endmacro %}

{% macro default__index_versions(relation, key) -%}
{%- endmacro %}

{% macro postgres__index_versions(relation, key) -%}
    {%- call statement('index_versions') -%}
        create index if not exists {{ relation.identifier }}__versions
        on {{ relation }} ({{ key }})
    {%- endcall -%}
{%- endmacro %}
