{#- Post-hook of an incremental model: deletes the rows that its input no longer has, or has
    loaded again since. Uses `except`, because DuckDB evaluates a view once per row of `not
    exists`. The relation is rendered by name, because inside a microbatch a ref() is only the
    batch. -#}
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
