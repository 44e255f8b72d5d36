{#- Hook: `--empty` builds every model without rows, and closes every row of the snapshots. It is
    for a schema of one's own, where nobody reads. Gives no statement. -#}
{% macro audit_refuse_empty() -%}
    {%- if execute and flags.EMPTY and not env_var('ECOM_SCHEMA', '') -%}
        {{ exceptions.raise_compiler_error(
            "--empty would empty the tables that others read; "
            "set ECOM_SCHEMA to a schema of your own, such as dbt_" ~ env_var('USER', 'me')
        ) }}
    {%- endif -%}
{%- endmacro %}
