{#- The form in which two spellings of one e-mail address are equal: outer blanks off, ASCII
    letters lower, null where nothing is left. Only ASCII, because engines disagree on the rest. -#}
{% macro normalize_email(email) -%}
    nullif({{ ascii_lower('trim(' ~ email ~ ')') }}, '')
{%- endmacro %}
