{#- In an increment, keeps the rows of orders that changed after this table was built; in a rebuild,
    all rows. Ends the import CTE of what the model reads by order; its CTE `changes` is
    int_orders__changes. What is behind the mark was seen by the run that wrote it. -#}
{% macro changed_orders() -%}
    {%- if is_incremental() -%}
        where order_id in (
            select changes.order_id
            from changes
            where changes.changed_at > (
                select coalesce(max(built_through), cast('1970-01-01' as timestamp))
                from {{ this }}
            )
        )
    {%- endif -%}
{%- endmacro %}
