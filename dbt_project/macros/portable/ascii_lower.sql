{#- Text with its ASCII letters lower and all else as it is: what else is lower, engines and their
    settings disagree on. -#}
{% macro ascii_lower(text) -%}
    {{ return(adapter.dispatch('ascii_lower', 'ecommerce_analytics')(text)) }}
{%- endmacro %}

{% macro default__ascii_lower(text) -%}
    translate({{ text }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
{%- endmacro %}

{#- DuckDB is ten times as slow to translate as to lower; of text that is all ASCII, as many bytes
    as characters, both make the same. -#}
{% macro duckdb__ascii_lower(text) -%}
    case
        when strlen({{ text }}) = length({{ text }}) then lower({{ text }})
        else {{ default__ascii_lower(text) }}
    end
{%- endmacro %}

{#- The collation C knows ASCII letters alone, and is 14 times as fast. The result has the
    database's own collation again: what compares it with another column must not have two. -#}
{% macro postgres__ascii_lower(text) -%}
    lower({{ text }} collate "C") collate "default"
{%- endmacro %}
