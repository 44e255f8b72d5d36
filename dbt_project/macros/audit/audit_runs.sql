{#- The run log: `audit.runs` has one row per dbt invocation, `audit.run_results` one per node
    of it, `audit.source_states` one per source table of a run. Statements run one by one,
    because a hook on Spark is a single statement. -#}

{#- Start hook: records the run before it changes a model, then runs the checks. -#}
{% macro audit_start() -%}
    {%- if _audit_is_run() -%}
        {%- do _audit_create_tables() -%}
        {#- A run that was killed could not record its end. -#}
        {%- call statement('close_interrupted') -%}
            update {{ audit_relation('runs') }} set status = 'interrupted' where status = 'running'
        {%- endcall -%}
        {%- call statement('start_run') -%}
            insert into {{ audit_relation('runs') }} values (
                '{{ invocation_id }}',
                '{{ flags.WHICH }}',
                '{{ target.name }}',
                '{{ dbt_version }}',
                {{ 'true' if flags.FULL_REFRESH else 'false' }},
                'running',
                null,
                null,
                null,
                null,
                cast('{{ audit_now() }}' as {{ dbt.type_timestamp() }}),
                null
            )
        {%- endcall -%}
        {%- do adapter.commit() -%}
        {%- do audit_check_start() -%}
    {%- endif -%}
{%- endmacro %}

{#- End hook: records the results of the nodes and of the run, then checks for loads. -#}
{% macro audit_end(results) -%}
    {%- if _audit_is_run() -%}
        {%- if results -%}
            {%- do _audit_record_results(results) -%}
        {%- endif -%}
        {%- set counts = {'success': 0, 'warn': 0, 'error': 0, 'skipped': 0} -%}
        {%- for result in results -%}
            {%- set status = {
                'pass': 'success', 'success': 'success', 'no-op': 'success',
                'warn': 'warn', 'skipped': 'skipped'
            }.get(result.status | string, 'error') -%}
            {%- do counts.update({status: counts[status] + 1}) -%}
        {%- endfor -%}
        {%- call statement('end_run') -%}
            update {{ audit_relation('runs') }}
            set
                status = '{{ "failed" if counts["error"] else "succeeded" }}',
                success_count = {{ counts['success'] }},
                warning_count = {{ counts['warn'] }},
                failure_count = {{ counts['error'] }},
                skipped_count = {{ counts['skipped'] }},
                finished_at = cast('{{ audit_now() }}' as {{ dbt.type_timestamp() }})
            where invocation_id = '{{ invocation_id }}'
        {%- endcall -%}
        {%- do adapter.commit() -%}
        {%- do audit_check_end() -%}
    {%- endif -%}
{%- endmacro %}

{#- Whether the hooks run. These commands only compile them, which would run their statements. -#}
{% macro _audit_is_run() -%}
    {{ return(
        execute and flags.WHICH not in ('compile', 'generate', 'list', 'parse', 'show')
    ) }}
{%- endmacro %}

{#- The audit tables are beside the target's models: schema `audit`, or your own schema. -#}
{% macro audit_relation(table_name) -%}
    {{ return(api.Relation.create(
        database=target.get('database'),
        schema=generate_schema_name('audit', none),
        identifier=table_name
    )) }}
{%- endmacro %}

{#- The current time in UTC, as text that every engine casts to a timestamp. -#}
{% macro audit_now() -%}
    {{ return(modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S.%f')) }}
{%- endmacro %}

{% macro _audit_create_tables() -%}
    {#- Without a database: PostgreSQL does not allow one before a schema. -#}
    {%- set schema = audit_relation('runs').include(database=false).without_identifier() -%}
    {%- call statement('create_audit_schema') -%}
        create schema if not exists {{ schema }}
    {%- endcall -%}
    {%- call statement('create_runs') -%}
        create table if not exists {{ audit_relation('runs') }} (
            invocation_id {{ dbt.type_string() }},
            command {{ dbt.type_string() }},
            target_name {{ dbt.type_string() }},
            dbt_version {{ dbt.type_string() }},
            is_full_refresh {{ dbt.type_boolean() }},
            status {{ dbt.type_string() }},
            success_count {{ dbt.type_int() }},
            warning_count {{ dbt.type_int() }},
            failure_count {{ dbt.type_int() }},
            skipped_count {{ dbt.type_int() }},
            started_at {{ dbt.type_timestamp() }},
            finished_at {{ dbt.type_timestamp() }}
        ) {{ table_format() }}
    {%- endcall -%}
    {%- call statement('create_run_results') -%}
        create table if not exists {{ audit_relation('run_results') }} (
            invocation_id {{ dbt.type_string() }},
            unique_id {{ dbt.type_string() }},
            resource_type {{ dbt.type_string() }},
            status {{ dbt.type_string() }},
            failure_count {{ dbt.type_bigint() }},
            message {{ dbt.type_string() }},
            execution_seconds {{ type_double() }}
        ) {{ table_format() }}
    {%- endcall -%}
    {%- call statement('create_source_states') -%}
        create table if not exists {{ audit_relation('source_states') }} (
            invocation_id {{ dbt.type_string() }},
            source_name {{ dbt.type_string() }},
            row_count {{ dbt.type_bigint() }},
            last_loaded_at {{ dbt.type_string() }},
            counted_at {{ dbt.type_timestamp() }}
        ) {{ table_format() }}
    {%- endcall -%}
{%- endmacro %}

{#- Quotes are removed from messages and long ones cut, so the statement is the same text on
    every engine. -#}
{% macro _audit_record_results(results) -%}
    {%- call statement('record_results') -%}
        insert into {{ audit_relation('run_results') }} values
        {%- for result in results %}
        (
            '{{ invocation_id }}',
            '{{ result.node.unique_id }}',
            '{{ result.node.resource_type }}',
            '{{ result.status }}',
            {{ result.failures if result.failures is number else 'null' }},
            '{{ (result.message or "") | replace("'", "") | replace("\\", "/") | truncate(500) }}',
            {{ '%.6f' | format(result.execution_time) }}
        )
        {{- "," if not loop.last }}
        {%- endfor %}
    {%- endcall -%}
{%- endmacro %}
