{#- Post-hook of an incremental model: rows whose key is gone from the relation that feeds it go
    too. A rebuilt table has none, so it is asked nothing. -#}
{% macro delete_missing(key, relation) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ key }} not in (select source_rows.{{ key }} from {{ relation }} as source_rows)
    {%- endif -%}
{%- endmacro %}
