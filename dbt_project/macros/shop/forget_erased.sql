{#- Post-hook of the account snapshot: clears the personal columns of every version of an erased
    account and assigns it to the account's new person, whose id is not derived from an address.
    A missing account is not erased, unless the var `erase_after_absent_days` sets a period. -#}
{% macro forget_erased(columns, accounts, erasures) -%}
    {%- set absent_days = var('erase_after_absent_days') -%}
    {%- set no_address -%}
        cast(null as {{ dbt.type_string() }})
    {%- endset -%}
    merge into {{ this }} as versions
    using (
        select
            asked.customer_id,
            coalesce(
                accounts.person_id,
                {{ person_id(no_address, 'customer', 'asked.customer_id') }}
            ) as person_id
        from (
            select customer_id from {{ erasures }}
            {%- if absent_days is not none %}
            union
            select customer_id from {{ this }}
            where
                dbt_is_deleted = 'True'
                and dbt_valid_to = {{ config.get('dbt_valid_to_current') }}
                and dbt_valid_from <= {{ dbt.dateadd('day', -absent_days, load_time()) }}
            {%- endif %}
        ) as asked
        left join {{ accounts }} as accounts on asked.customer_id = accounts.customer_id
    ) as erased
    on
        versions.customer_id = erased.customer_id
        and (
            versions.person_id <> erased.person_id
            {%- for column in columns %}
            or versions.{{ column }} is not null
            {%- endfor %}
        )
    when matched then update set
        person_id = erased.person_id
        {%- for column in columns %},
        {{ column }} = null
        {%- endfor %}
{%- endmacro %}
