{#- Post-hook of an incremental model: rows of a kind that is computed whole at each run go when the
    relation which feeds it no longer has them. -#}
{% macro delete_unlisted(key, relation, kind) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            {{ kind }}
            and not exists (
                select listed.{{ key }}
                from {{ relation }} as listed
                where listed.{{ key }} = {{ this.identifier }}.{{ key }}
            )
    {%- endif -%}
{%- endmacro %}
