{#- The form in which two spellings of one e-mail address are equal: blanks off, ASCII letters
    lower, null where nothing is left. Only ASCII, because engines disagree on the rest; composed
    and decomposed letters stay different. -#}
{% macro normalize_email(email) -%}
    nullif({{ ascii_lower(strip_blanks(email)) }}, '')
{%- endmacro %}
