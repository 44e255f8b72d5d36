{#- The key of a row of dim_customers: the account's if there is one, else the guest's. -#}
{% macro customer_key(customer_id, person_id) -%}
    case
        when {{ customer_id }} is not null
            then {{ dbt_utils.generate_surrogate_key(["'account'", customer_id]) }}
        else {{ dbt_utils.generate_surrogate_key(["'guest'", person_id]) }}
    end
{%- endmacro %}
