{#- Identifies the person of a row: a hash of the normalised e-mail if there is one, else of the
    fallback key, with the warehouse's secret key. -#}
{% macro person_id(normalized_email, fallback_kind, fallback_id) -%}
    case
        when {{ normalized_email }} is not null
            then {{ _keyed_hash('email', normalized_email) }}
        else {{ _keyed_hash(fallback_kind, fallback_id) }}
    end
{%- endmacro %}

{% macro _keyed_hash(kind, value) -%}
    {%- set text -%}
        cast({{ value }} as {{ dbt.type_string() }})
    {%- endset -%}
    {{ dbt.hash(dbt.concat([person_key(), "'-" ~ kind ~ "-'", text])) }}
{%- endmacro %}
