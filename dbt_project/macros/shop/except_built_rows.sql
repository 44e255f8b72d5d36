{#- In an increment, leaves out the rows that the table already has, all columns alike: what remains
    is new or changed, whatever the cause. Ends the last CTE of an incremental model. Relies on the
    contract for the columns and their order; a unit test has no contract, only its fixture. -#}
{% macro except_built_rows() -%}
    {%- if is_incremental() -%}
        except
        select {{ (model.columns | list or ['*']) | join(', ') }} from {{ this }}
    {%- endif -%}
{%- endmacro %}
