{#- Rows of each source table now, by its name, and when the last of them was loaded; 0 and blank
    for a table that is not there. Stops the run where none is. -#}
{% macro audit_volumes_now() -%}
    {%- set volumes = {} -%}
    {%- set counts = [] -%}
    {%- for source in graph.sources.values() | sort(attribute='name') -%}
        {%- set relation = load_relation(source) -%}
        {%- do volumes.update({source.name: [0, '']}) -%}
        {%- if relation is not none -%}
            {%- do counts.append(
                "select '" ~ source.name ~ "' as source_name, count(*) as row_count, "
                ~ "cast(max(loaded_at) as " ~ dbt.type_string() ~ ") as last_loaded_at from "
                ~ relation
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not counts -%}
        {{ exceptions.raise_compiler_error(
            "nothing is loaded: there is none of the raw tables; load a shop first: ecom load"
        ) }}
    {%- endif -%}
    {%- for row in run_query(counts | join(' union all ')).rows -%}
        {%- do volumes.update({row[0]: [row[1] | int, (row[2] or '') | string]}) -%}
    {%- endfor -%}
    {{ return(volumes) }}
{%- endmacro %}
