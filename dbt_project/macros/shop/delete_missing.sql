{#- Post-hook of an incremental model: rows whose key is gone from the relation that feeds it go
    too. A rebuilt table has none, so it is asked nothing. The relation is rendered bare: inside a
    microbatch a ref() stands for the batch's rows only. -#}
{% macro delete_missing(key, relation) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ key }} not in (
            select source_rows.{{ key }} from {{ relation.render() }} as source_rows
        )
    {%- endif -%}
{%- endmacro %}
