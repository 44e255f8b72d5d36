{#- Post-hook of an incremental model: deletes the rows that the relation which feeds it does not
    have, or has loaded again since. By `except`: DuckDB looks into a view once for each row of
    `not exists`. The relation is rendered bare: inside a microbatch a ref() is the batch alone. -#}
{% macro delete_missing(key, relation) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ key }} in (
            select missing.{{ key }}
            from (
                select {{ key }}, loaded_at from {{ this }}
                except
                select {{ key }}, loaded_at from {{ relation.render() }}
            ) as missing
        )
    {%- endif -%}
{%- endmacro %}
