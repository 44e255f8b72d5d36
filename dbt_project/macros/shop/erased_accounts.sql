{#- The accounts with an erasure request, each with the address that the raw table still has and
    the first account that shares it: accounts with a shared address stay one person. -#}
{% macro erased_accounts() -%}
    {#- dbt looks for references when it parses. -#}
    {%- if is_connected('customers') -%}
        {%- do contract_source('customers') -%}
    {%- endif -%}
    {#- Sources do not exist in a unit test. -#}
    {%- if not execute or graph.sources is not defined -%}
    (
        select
            cast(null as {{ type_key() }}) as customer_id,
            cast(null as {{ type_key() }}) as person_customer_id,
            cast(null as {{ dbt.type_string() }}) as normalized_email,
            cast(null as timestamp) as loaded_at
        where 1 = 0
    ) as erased_accounts
    {%- else -%}
    (
        select
            erasures.customer_id,
            first_value(erasures.customer_id) over (
                partition by coalesce(
                    {{ normalize_email('customers.email') }},
                    cast(erasures.customer_id as {{ dbt.type_string() }})
                )
                order by {{ key_order('erasures.customer_id') }} asc
            ) as person_customer_id,
            {{ normalize_email('customers.email') }} as normalized_email,
            erasures.loaded_at
        from {{ contract_rows('erasures') }}
        left join {{ contract_rows('customers') }}
            on erasures.customer_id = customers.customer_id
    ) as erased_accounts
    {%- endif -%}
{%- endmacro %}
