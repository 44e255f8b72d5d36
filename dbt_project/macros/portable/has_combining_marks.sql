{#- Whether text has an accent as a separate character (U+0300 to U+036F) after its letter; most
    systems write both as one character. Pure ASCII text (as many bytes as characters) has none. -#}
{% macro has_combining_marks(text) -%}
    (
        {{ byte_length(text) }} <> length({{ text }})
        and translate({{ text }}, '{{ _combining_marks() }}', '') <> {{ text }}
    )
{%- endmacro %}

{% macro _combining_marks() -%}
    {%- set marks = [] -%}
    {%- for code in range(768, 880) -%}
        {%- do marks.append('%c' | format(code)) -%}
    {%- endfor -%}
    {{ return(marks | join) }}
{%- endmacro %}
