{#- The end time (UTC) of the load that a snapshot captures (see `find_load_time`); elsewhere
    the current time. -#}
{% macro load_time() -%}
    {%- set found = load_result('load_time') -%}
    {%- if found is none -%}
        cast('{{ audit_now() }}' as timestamp)
    {%- else -%}
        {#- dbt returns a stored result only once. -#}
        {%- do store_result('load_time', response=none, agate_table=found.table) -%}
        cast('{{ found.table.rows[0][0] }}' as timestamp)
    {%- endif -%}
{%- endmacro %}
