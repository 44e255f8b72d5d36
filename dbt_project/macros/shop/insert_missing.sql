{#- Post-hook of an incremental model: rows come that the relation which feeds it has and no batch
    has brought. The relation has all the model's columns, as they are to be. -#}
{% macro insert_missing(key, relation) -%}
    {%- if is_incremental() -%}
        {%- set columns = model.columns | list | join(', ') -%}
        insert into {{ this }} ({{ columns }})
        select {{ columns }}
        from {{ relation.render() }}
        where {{ key }} not in (select built.{{ key }} from {{ this }} as built)
    {%- endif -%}
{%- endmacro %}
