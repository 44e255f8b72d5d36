{#- The values that the warehouse knows of a column whose meaning it depends on. A source's other
    values are translated by the seed `value_mapping`. -#}
{% macro known_values(column_name) -%}
    {{ return({
        'order_status': ['pending', 'processing', 'shipped', 'delivered', 'cancelled', 'returned'],
        'channel': ['email', 'social', 'search', 'display', 'affiliate', 'direct'],
        'segment': ['new', 'active', 'at-risk', 'dormant', 'vip'],
        'line_type': ['product', 'gift_card', 'fee', 'tip'],
    }[column_name]) }}
{%- endmacro %}
