{#- Whether a table of the source contract comes from a connector's base model. Shopify has no
    spend of campaigns, and requests for erasure are always in the contract's own table. -#}
{% macro is_connected(table_name) -%}
    {%- set connector = var('ecommerce_source') -%}
    {%- set connectors = ['shopify_fivetran'] -%}
    {%- if connector not in ['contract'] + connectors -%}
        {{ exceptions.raise_compiler_error(
            "the var ecommerce_source is '" ~ connector ~ "'; use contract or "
            ~ connectors | join(", ")
        ) }}
    {%- endif -%}
    {{ return(
        connector in connectors and table_name not in ['campaign_spend_daily', 'erasures']
    ) }}
{%- endmacro %}
