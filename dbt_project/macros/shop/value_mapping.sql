{#- The mapping of one column as a query, one row per value of the source. The var
    `value_mapping` names the seed or model. -#}
{% macro value_mapping(column_name) -%}
    select
        {{ mapping_form('source_value') }} as source_value,
        max(value) as value
    from {{ ref(var('value_mapping')) }}
    where column_name = '{{ column_name }}'
    group by {{ mapping_form('source_value') }}
{%- endmacro %}
