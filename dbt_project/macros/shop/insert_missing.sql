{#- Post-hook of an incremental model, after `delete_missing`: rows come that the relation which
    feeds it has and no batch has brought. The relation has all the model's columns, as they are to
    be. By then the model has no row that the relation has not: where it has as many, it has them
    all, and nothing is compared. -#}
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
    {%- set counts = 'select (select count(*) from ' ~ this ~ ') < (select count(*) from '
        ~ relation.render() ~ ')' -%}
    {{ return(run_query(counts).rows[0][0]) }}
{%- endmacro %}
