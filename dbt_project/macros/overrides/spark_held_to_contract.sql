{#- A model's query with the columns of its contract, in the contract's order, of which every row
    has a value where a constraint asks for one: the first that has none ends the statement. Spark
    itself enforces no constraint of dbt's. -#}
{% macro spark_held_to_contract(compiled_code) -%}
    select
        {%- for column in model.columns.values() %}
        {%- set kinds = column.constraints | map(attribute='type') | map('string') | list %}
        {% if 'not_null' in kinds or 'primary_key' in kinds -%}
            coalesce(
                {{ column.name }}, raise_error('{{ model.name }}.{{ column.name }} is null')
            ) as {{ column.name }}
        {%- else -%}
            {{ column.name }}
        {%- endif -%}
        {{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ compiled_code }}
    ) as model_rows
{%- endmacro %}
