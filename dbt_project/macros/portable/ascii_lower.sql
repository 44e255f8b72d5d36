{#- Lowers the ASCII letters of a text only: engines and their settings disagree on other
    letters. -#}
{% macro ascii_lower(text) -%}
    {{ return(adapter.dispatch('ascii_lower', 'ecommerce_analytics')(text)) }}
{%- endmacro %}

{% macro default__ascii_lower(text) -%}
    translate({{ text }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
{%- endmacro %}

{#- On DuckDB, translate is ten times slower than lower. For pure ASCII text (as many bytes as
    characters) both give the same result. -#}
{% macro duckdb__ascii_lower(text) -%}
    case
        when {{ byte_length(text) }} = length({{ text }}) then lower({{ text }})
        else {{ default__ascii_lower(text) }}
    end
{%- endmacro %}

{#- The C collation knows only ASCII letters and is 14 times faster. The result gets the
    database's collation back, because a comparison cannot mix two collations. -#}
{% macro postgres__ascii_lower(text) -%}
    lower({{ text }} collate "C") collate "default"
{%- endmacro %}
