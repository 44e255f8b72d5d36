{#- A batch replaces its period in one commit. dbt-spark overwrites only the partitions in which
    the batch has rows, so the old rows of a period that is now empty would stay. -#}
{% macro get_insert_overwrite_sql(source_relation, target_relation, existing_relation) -%}
    {%- set columns = adapter.get_columns_in_relation(target_relation)
        | map(attribute='quoted') | join(', ') -%}
    {%- if config.get('incremental_strategy') == 'microbatch' %}
    insert into {{ target_relation }} replace where
        {{ model.config.event_time }} >= cast('{{ model.batch.event_time_start }}' as timestamp)
        and {{ model.config.event_time }} < cast('{{ model.batch.event_time_end }}' as timestamp)
    {%- else %}
    insert overwrite {{ target_relation }}
    {%- endif %}
    select {{ columns }} from {{ source_relation }}
{%- endmacro %}
