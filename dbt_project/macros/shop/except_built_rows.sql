{#- In an increment, leaves out the rows that the table already has, all columns alike: what remains
    is new or changed, whatever the cause. Ends the last CTE of an incremental model. Relies on the
    contract for the columns' order. -#}
{% macro except_built_rows() -%}
    {%- if is_incremental() -%}
        except
        select * from {{ this }}
    {%- endif -%}
{%- endmacro %}
