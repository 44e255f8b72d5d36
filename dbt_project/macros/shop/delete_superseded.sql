{#- Post-hook of an incremental model that recomputes changed orders or persons: deletes the
    rows that such an order or person no longer has. Rows written by this run carry the
    watermark of the change; older ones do not. -#}
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
