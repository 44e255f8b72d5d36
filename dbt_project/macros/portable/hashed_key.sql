{#- A natural key made of a text: a bigint of 60 bits of its MD5, or the text itself where keys are
    text (the var `key_type`). -#}
{% macro hashed_key(text) -%}
    {%- if var('key_type') == 'bigint' -%}
        {{ return(adapter.dispatch('hashed_key', 'ecommerce_analytics')(text)) }}
    {%- endif -%}
    {{ return('cast(' ~ text ~ ' as ' ~ type_key() ~ ')') }}
{%- endmacro %}

{% macro default__hashed_key(text) -%}
    cast(concat('0x', substr(md5({{ text }}), 1, 15)) as bigint)
{%- endmacro %}

{% macro postgres__hashed_key(text) -%}
    cast(cast(concat('x0', substr(md5({{ text }}), 1, 15)) as bit(64)) as bigint)
{%- endmacro %}

{% macro spark__hashed_key(text) -%}
    cast(conv(substr(md5({{ text }}), 1, 15), 16, 10) as bigint)
{%- endmacro %}
