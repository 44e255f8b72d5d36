{#- Post-hook of an incremental model: rows go that the relation which feeds it has no more, or has
    loaded again since. A rebuilt table has none, so it is asked nothing. The relation is rendered
    bare: inside a microbatch a ref() stands for the batch's rows only. -#}
{% macro delete_missing(key, relation) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where not exists (
            select source_rows.{{ key }}
            from {{ relation.render() }} as source_rows
            where
                source_rows.{{ key }} = {{ this.identifier }}.{{ key }}
                and source_rows.loaded_at = {{ this.identifier }}.loaded_at
        )
    {%- endif -%}
{%- endmacro %}
