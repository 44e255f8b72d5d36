{#- Who a row is about: the normalised e-mail where there is one, else the fallback key of a
    kind. -#}
{% macro person_id(normalized_email, fallback_kind, fallback_id) -%}
    case
        when {{ normalized_email }} is not null
            then {{ dbt_utils.generate_surrogate_key(["'email'", normalized_email]) }}
        else {{ dbt_utils.generate_surrogate_key(["'" ~ fallback_kind ~ "'", fallback_id]) }}
    end
{%- endmacro %}
