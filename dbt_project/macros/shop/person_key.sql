{#- The warehouse's secret key, read where it is used: no statement and no compiled file has it. -#}
{% macro person_key() -%}
    (select secrets.secret from {{ raw_relation('person_key') }} as secrets)
{%- endmacro %}
