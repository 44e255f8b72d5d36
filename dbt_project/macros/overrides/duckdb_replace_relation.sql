{#- DuckDB's definitions are part of a transaction: the old relation goes, and the new one comes
    under its name. dbt would make it under another name, ask what stands in the way of renaming,
    rename both, and drop the old one. -#}
{% macro duckdb_replace_relation(type) %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type=type) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        {%- if existing %}
        drop {{ existing.type }} if exists {{ existing }};
        {%- endif %}
        {{ create_view_as(target, sql) if type == 'view' else create_table_as(False, target, sql) }}
        ;
        {{ duckdb_comments(target, model) }}
    {%- endcall -%}
    {%- do create_indexes(target) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({"relations": [target]}) }}
{% endmacro %}
