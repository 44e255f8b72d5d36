{#- Hook: what became of each node. Messages lose their quotes and are cut, so that the
    statement is the same text on every engine. -#}
{% macro audit_record_results(results) -%}
    {%- if execute and results -%}
        insert into {{ audit_relation('run_results') }} values
        {%- for result in results %}
        (
            '{{ invocation_id }}',
            '{{ result.node.unique_id }}',
            '{{ result.node.resource_type }}',
            '{{ result.status }}',
            {{ result.failures if result.failures is not none else 'null' }},
            '{{ (result.message or "") | replace("'", "") | replace("\\", "/") | truncate(500) }}',
            {{ '%.6f' | format(result.execution_time) }}
        )
        {{- "," if not loop.last }}
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}
