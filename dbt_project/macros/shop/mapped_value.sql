{#- Translates a source's value to one that the warehouse recognises: by the mapping, else by
    its own spelling, else to the given default. `mapped` is the mapping's value, null if there
    is none. -#}
{% macro mapped_value(column_name, value, mapped, default) -%}
    {%- set known = "('" ~ known_values(column_name) | join("', '") ~ "')" -%}
    case
        when {{ mapped }} in {{ known }} then {{ mapped }}
        when {{ mapping_form(value) }} in {{ known }} then {{ mapping_form(value) }}
        else {{ default }}
    end
{%- endmacro %}
