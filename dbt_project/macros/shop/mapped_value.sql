{#- A source's value as one that the warehouse knows: by the mapping, else by its own spelling; else
    the given default. `mapped` is the mapping's value for it, null where it has none. -#}
{% macro mapped_value(column_name, value, mapped, default) -%}
    {%- set known = "('" ~ known_values(column_name) | join("', '") ~ "')" -%}
    case
        when {{ mapped }} in {{ known }} then {{ mapped }}
        when {{ mapping_form(value) }} in {{ known }} then {{ mapping_form(value) }}
        else {{ default }}
    end
{%- endmacro %}
