{#- Hook: runs that were killed never said how they ended; the next one says it for them. -#}
{% macro audit_close_interrupted() -%}
    update {{ audit_relation('runs') }} set status = 'interrupted' where status = 'running'
{%- endmacro %}
