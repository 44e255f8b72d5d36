{#- The values that the warehouse recognises in a column with meaning for its logic. The seed
    `value_mapping` translates a source's other values. -#}
{% macro known_values(column_name) -%}
    {{ return({
        'order_status': ['pending', 'processing', 'shipped', 'delivered', 'cancelled', 'returned'],
        'channel': ['email', 'social', 'search', 'display', 'affiliate', 'direct'],
        'segment': ['new', 'active', 'at-risk', 'dormant', 'vip'],
        'line_type': ['product', 'gift_card', 'fee', 'tip'],
    }[column_name]) }}
{%- endmacro %}
