{#- Rows that a staging model and its table of the source contract do not have equally often, by
    the named columns. The table is that of a connector where one is chosen. -#}
{% test holds_source(model, columns, table_name) %}
    {{ test_same_rows(model, columns, contract_source(table_name)) }}
{% endtest %}
