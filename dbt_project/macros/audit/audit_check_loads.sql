{#- Hook: fails a run during which a source table was loaded, because the marts may be made of two
    states of the shop. Builds by `ecom` hold the warehouse, so that no load by `ecom` comes in
    between. Gives no statement. -#}
{% macro audit_check_loads() -%}
    {%- if audit_changes_models() -%}
        {%- set query -%}
            select source_name, row_count, last_loaded_at from {{ audit_relation('source_states') }}
            where invocation_id = '{{ invocation_id }}'
        {%- endset -%}
        {%- set now = audit_volumes_now() -%}
        {%- set loaded = [] -%}
        {%- for name, row_count, last_loaded_at in run_query(query).rows -%}
            {%- if now[name] != [row_count | int, (last_loaded_at or '') | string] -%}
                {%- do loaded.append(name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if loaded -%}
            {%- call statement('fail_run') -%}
            update {{ audit_relation('runs') }} set status = 'failed'
            where invocation_id = '{{ invocation_id }}'
            {%- endcall -%}
            {%- do adapter.commit() -%}
            {{ exceptions.raise_compiler_error(
                "a load came in while this ran (" ~ loaded | sort | join(", ")
                ~ "), so the marts may hold two states of the shop; build again"
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
