{#- The warehouse's secret key, read at run time, so that no statement and no compiled file
    contains it. -#}
{% macro person_key() -%}
    (select secrets.secret from {{ raw_relation('person_key') }} as secrets)
{%- endmacro %}
