{#- When the load ended that a snapshot sees (see `find_load_time`), UTC; elsewhere now. -#}
{% macro load_time() -%}
    {%- set found = load_result('load_time') -%}
    {%- if found is none -%}
        {{ return("cast('" ~ audit_now() ~ "' as timestamp)") }}
    {%- endif -%}
    {#- dbt gives a result away once. -#}
    {%- do store_result('load_time', response=none, agate_table=found.table) -%}
    {{ return("cast('" ~ found.table.rows[0][0] ~ "' as timestamp)") }}
{%- endmacro %}
