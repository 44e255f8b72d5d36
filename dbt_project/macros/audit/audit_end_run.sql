{#- Hook: the run is over, and how it went. -#}
{% macro audit_end_run(results) -%}
    {%- if execute -%}
        {%- set counts = {'success': 0, 'warn': 0, 'error': 0, 'skipped': 0} -%}
        {%- for result in results -%}
            {%- set status = {
                'pass': 'success', 'success': 'success', 'no-op': 'success',
                'warn': 'warn', 'skipped': 'skipped'
            }.get(result.status | string, 'error') -%}
            {%- do counts.update({status: counts[status] + 1}) -%}
        {%- endfor -%}
        update {{ audit_relation('runs') }}
        set
            status = '{{ "failed" if counts["error"] else "succeeded" }}',
            success_count = {{ counts['success'] }},
            warning_count = {{ counts['warn'] }},
            failure_count = {{ counts['error'] }},
            skipped_count = {{ counts['skipped'] }},
            finished_at = cast('{{ audit_now() }}' as {{ dbt.type_timestamp() }})
        where invocation_id = '{{ invocation_id }}'
    {%- endif -%}
{%- endmacro %}
