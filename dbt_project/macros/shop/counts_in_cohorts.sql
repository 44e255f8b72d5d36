{#- Whether the person of an order counts in cohorts: all do, unless the var
    `cohorts_include_unknown_guests` leaves out guests without an address. Such a guest is the
    person of one order, named by it, and can never be seen again. -#}
{% macro counts_in_cohorts(order_id='order_id', person='person_id') -%}
    {%- if var('cohorts_include_unknown_guests') -%}
        true
    {%- else -%}
        {{ person }} <> {{ person_id(
            'cast(null as ' ~ dbt.type_string() ~ ')', 'order', order_id
        ) }}
    {%- endif -%}
{%- endmacro %}
