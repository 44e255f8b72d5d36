{#- The canonical form of an e-mail address: trimmed, ASCII letters in lower case, null if
    empty. ASCII only, because engines disagree on other letters; composed and decomposed
    letters stay different. -#}
{% macro normalize_email(email) -%}
    nullif({{ ascii_lower(strip_blanks(email)) }}, '')
{%- endmacro %}
