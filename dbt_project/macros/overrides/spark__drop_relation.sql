{#- Drops a table with its files: without `purge` Iceberg leaves them to nobody. -#}
{% macro spark__drop_relation(relation) -%}
    {%- call statement('drop_relation', auto_begin=False) -%}
        drop {{ relation.type or 'view' }} if exists {{ relation }}
        {{- ' purge' if relation.is_table }}
    {%- endcall -%}
{%- endmacro %}
