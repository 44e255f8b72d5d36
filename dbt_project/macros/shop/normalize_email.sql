{#- The form in which two spellings of one e-mail address are equal: outer blanks off, ASCII
    letters lower, null where nothing is left. Only ASCII, because engines disagree on the rest. -#}
{% macro normalize_email(email) -%}
    {{ return(adapter.dispatch('normalize_email', 'ecommerce_analytics')(email)) }}
{%- endmacro %}

{% macro default__normalize_email(email) -%}
    nullif(
        translate(trim({{ email }}), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), ''
    )
{%- endmacro %}
