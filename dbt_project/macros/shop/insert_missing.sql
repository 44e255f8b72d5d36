{#- Post-hook of an incremental model, after `delete_missing`: inserts the rows that its input
    has and no batch has inserted. The relation has all the model's columns in their final form.
    Equal row counts mean equal keys, because stale rows are already deleted; then nothing is
    compared. -#}
{% macro insert_missing(key, relation) -%}
    {%- if is_incremental() and _lacks_rows(relation) -%}
        {%- set columns = model.columns | list | join(', ') -%}
        insert into {{ this }} ({{ columns }})
        select {{ columns }}
        from {{ relation.render() }} as source_rows
        where not exists (
            select built.{{ key }}
            from {{ this }} as built
            where built.{{ key }} = source_rows.{{ key }}
        )
    {%- endif -%}
{%- endmacro %}

{% macro _lacks_rows(relation) -%}
    {%- set counts -%}
        select (select count(*) from {{ this }}) < (select count(*) from {{ relation.render() }})
    {%- endset -%}
    {{ return(run_query(counts).rows[0][0]) }}
{%- endmacro %}
