{#- Rows of each source table at the last run that succeeded, by its name. -#}
{% macro audit_volumes_before() -%}
    {%- set query -%}
        select
            volumes.source_name,
            volumes.row_count
        from {{ audit_relation('source_states') }} as volumes
        inner join {{ audit_relation('runs') }} as runs
            on volumes.invocation_id = runs.invocation_id
        where runs.status = 'succeeded'
        order by volumes.counted_at asc
    {%- endset -%}
    {%- set volumes = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do volumes.update({row[0]: row[1] | int}) -%}
    {%- endfor -%}
    {{ return(volumes) }}
{%- endmacro %}
