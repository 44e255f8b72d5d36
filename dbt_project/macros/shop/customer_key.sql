{#- The key of a row of dim_customers: of the account where there is one, else of the guest
    person. -#}
{% macro customer_key(customer_id, person_id) -%}
    case
        when {{ customer_id }} is not null
            then {{ dbt_utils.generate_surrogate_key(["'account'", customer_id]) }}
        else {{ dbt_utils.generate_surrogate_key(["'guest'", person_id]) }}
    end
{%- endmacro %}
