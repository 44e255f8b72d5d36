{#- Post-hook of an incremental model that recomputes changed orders or persons: rows that such an
    order or person no longer has. They are known by their mark: what the run wrote has seen the
    change. -#}
{% macro delete_superseded(key, changes, by='order_id') -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ key }} in (
            select built.{{ key }}
            from {{ this }} as built
            inner join {{ changes }} as changes on built.{{ by }} = changes.{{ by }}
            where changes.changed_at > built.built_through
        )
    {%- endif -%}
{%- endmacro %}
