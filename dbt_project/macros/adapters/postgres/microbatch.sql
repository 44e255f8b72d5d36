{#- A batch replaces its period, as on the other engines. dbt-postgres merges by key, which
    keeps rows that have left the period. -#}
{% macro postgres__get_incremental_microbatch_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where
        {{ model.config.event_time }} >= '{{ model.batch.event_time_start }}'
        and {{ model.config.event_time }} < '{{ model.batch.event_time_end }}';

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
