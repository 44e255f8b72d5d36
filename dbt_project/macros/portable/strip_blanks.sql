{#- Removes white space at both ends of a text and invisible characters anywhere: copying from a
    web page or spreadsheet leaves them in addresses. The engines' own trim functions differ, so
    the characters are listed here. -#}
{% macro strip_blanks(text) -%}
    {{ return(adapter.dispatch('strip_blanks', 'ecommerce_analytics')(text)) }}
{%- endmacro %}

{#- Pure ASCII text (as many bytes as characters) has none of the other characters. -#}
{% macro default__strip_blanks(text) -%}
    case
        when {{ byte_length(text) }} = length({{ text }})
            then btrim({{ text }}, '{{ _ascii_blanks() }}')
        else btrim(
            translate({{ text }}, '{{ _invisible() }}', ''),
            '{{ _ascii_blanks() ~ _other_blanks() }}'
        )
    end
{%- endmacro %}

{% macro duckdb__strip_blanks(text) -%}
    {{ return(default__strip_blanks(text) | replace('btrim', 'trim')) }}
{%- endmacro %}

{#- Tab, line feed, vertical tab, form feed, carriage return, blank. -#}
{% macro _ascii_blanks() -%}
    {{ return("\t\n\u000b\u000c\r ") }}
{%- endmacro %}

{#- The rest of Unicode's white space: next line, no-break space, the spaces from U+2000 to
    U+200A, line and paragraph separator, ideographic space and the like. -#}
{% macro _other_blanks() -%}
    {{ return(
        "\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
        ~ "\u2028\u2029\u202f\u205f\u3000"
    ) }}
{%- endmacro %}

{#- Characters without a width: soft hyphen, zero width space, joiner and non-joiner, marks of
    direction, word joiner, byte order mark. -#}
{% macro _invisible() -%}
    {{ return(
        "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
        ~ "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
    ) }}
{%- endmacro %}
