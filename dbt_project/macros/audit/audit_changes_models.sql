{#- Whether the command changes models or snapshots, so that what it reads must be whole. -#}
{% macro audit_changes_models() -%}
    {{ return(execute and flags.WHICH in ['build', 'run', 'snapshot'] and not flags.EMPTY) }}
{%- endmacro %}
