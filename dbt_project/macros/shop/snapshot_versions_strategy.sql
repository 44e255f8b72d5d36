{#- Snapshot strategy: a new version when a column of `check_cols` changes. It starts at
    `updated_at` if that is after the previous version's start (or its end, if a deleted key
    returns) and not after `loaded_at`; else at `loaded_at`; else a microsecond after that
    start. So no two versions of a key start together and none ends before it starts, for any
    times in the source. -#}
{% macro snapshot_versions_strategy(
    node, snapshotted_rel, current_rel, model_config, target_exists
) -%}
    {%- set strategy = snapshot_check_strategy(
        node, snapshotted_rel, current_rel, model_config, target_exists
    ) -%}
    {%- set key = config.get('unique_key') -%}
    {%- set updated_at = config.get('updated_at') -%}
    {%- set forever = config.get('dbt_valid_to_current') -%}
    {%- set previous -%}
        {%- if target_exists -%}
            coalesce(
                (
                    select
                        max(
                            case
                                when versions.dbt_valid_to < {{ forever }}
                                    then versions.dbt_valid_to
                                else versions.dbt_valid_from
                            end
                        )
                    from {{ this }} as versions
                    where versions.{{ key }} = snapshot_query.{{ key }}
                ),
                cast('0001-01-01' as timestamp)
            )
        {%- else -%}
            cast('0001-01-01' as timestamp)
        {%- endif -%}
    {%- endset -%}
    {%- set starts_at -%}
        case
            when {{ updated_at }} <= loaded_at and {{ updated_at }} > {{ previous }}
                then {{ updated_at }}
            when loaded_at > {{ previous }} then loaded_at
            else {{ dbt.dateadd('microsecond', 1, previous) }}
        end
    {%- endset -%}
    {%- if target_exists -%}
        {%- do index_versions(this, key) -%}
        {%- do find_load_time(node['compiled_code']) -%}
        {%- if load_time() not in snapshot_get_time() -%}
            {{ exceptions.raise_compiler_error(
                "snapshots need the load's time for deletions; add to dbt_project.yml: dispatch: "
                ~ "[{macro_namespace: dbt, search_order: [" ~ project_name
                ~ ", ecommerce_analytics, dbt]}]"
            ) }}
        {%- endif -%}
    {%- endif -%}
    {%- do strategy.update({
        'updated_at': starts_at,
        'scd_id': snapshot_hash_arguments([key, starts_at]),
    }) -%}
    {{ return(strategy) }}
{%- endmacro %}
