{#- Post-hook of an incremental model: for a kind of row that every run computes completely,
    deletes the rows that the input no longer has. -#}
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
