{#- In an incremental run, keeps the rows of orders or persons that changed after this table was
    built; in a rebuild, keeps all rows. Placed at the end of the import CTE of the model's
    input; its CTE `changes` is int_orders__changes. Changes up to the watermark were seen by
    the run that wrote it. -#}
{% macro changed_rows(key='order_id') -%}
    {%- if is_incremental() -%}
        where {{ key }} in (
            select changes.{{ key }}
            from changes
            where changes.changed_at > (
                select coalesce(max(built_through), cast('1970-01-01' as timestamp))
                from {{ this }}
            )
        )
    {%- endif -%}
{%- endmacro %}
