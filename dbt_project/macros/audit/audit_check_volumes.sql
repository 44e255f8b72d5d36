{#- Hook: counts the source tables, and stops the run where one has lost most of its rows since the
    last run that succeeded: a broken load would close every row of the snapshots. A rebuild asks
    for whatever is there. Gives no statement. -#}
{% macro audit_check_volumes() -%}
    {%- if audit_changes_models() -%}
        {%- set now = audit_volumes_now() -%}
        {%- set floor = 0 if flags.FULL_REFRESH else var('volume_floor') -%}
        {%- for source_name, before in audit_volumes_before().items() -%}
            {%- set row_count = now.get(source_name, [0])[0] -%}
            {%- if row_count < floor * before -%}
                {{ exceptions.raise_compiler_error(
                    var('raw_schema') ~ "." ~ source_name ~ " has " ~ row_count
                    ~ " rows and had " ~ before ~ " at the last run, so nothing was built; load it "
                    ~ "again, or where that is right, run with --vars '{volume_floor: 0}'"
                ) }}
            {%- endif -%}
        {%- endfor -%}
        {#- Looking for the tables began a transaction, which no hook's statement would end. -#}
        {%- call statement('record_volumes') -%}
        insert into {{ audit_relation('source_states') }} values
        {%- for source_name, (row_count, last_loaded_at) in now.items() %}
        (
            '{{ invocation_id }}',
            '{{ source_name }}',
            {{ row_count }},
            '{{ last_loaded_at }}',
            cast('{{ audit_now() }}' as {{ dbt.type_timestamp() }})
        )
        {{- "," if not loop.last }}
        {%- endfor %}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro %}
