{#- A timestamp before anything: the watermark of a table without rows. -#}
{% macro beginning_of_time() -%}
    cast('1900-01-01 00:00:00' as {{ dbt.type_timestamp() }})
{%- endmacro %}
