{#- Stops a run that cannot read the connector's tables, in one sentence: a table or a column that
    it needs is missing, or the shop has another time zone than the var `shop_timezone`. -#}
{% macro check_connector() -%}
    {%- set connector = var('ecommerce_source') -%}
    {%- set missing = [] -%}
    {%- set tables = graph.sources.values()
        | selectattr('source_name', 'equalto', connector) | list -%}
    {%- for table in tables -%}
        {%- set relation = raw_table(table) -%}
        {%- if relation is not none -%}
            {%- set found = adapter.get_columns_in_relation(relation)
                | map(attribute='name') | map('lower') | list -%}
            {%- for column in table.columns.values()
                if not (column.config.meta or {}).get('optional') -%}
                {%- set names = [column.name] + (column.config.meta or {}).get('also', []) -%}
                {%- if not names | select('in', found) | list -%}
                    {%- do missing.append(table.identifier ~ "." ~ column.name) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- elif not table.config.meta.get('optional') -%}
            {%- do missing.append(table.identifier) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing -%}
        {{ exceptions.raise_compiler_error(
            connector ~ " reads the schema " ~ tables[0].schema ~ ", which does not have "
            ~ missing | sort | join(", ") ~ "; let the connector sync them, or name its schema in "
            ~ "the vars " ~ connector ~ "_schema and " ~ connector ~ "_database"
        ) }}
    {%- endif -%}
    {%- set shops = tables | selectattr('name', 'equalto', 'shop') | list -%}
    {%- if shops and raw_table(shops[0]) is not none -%}
        {%- set query -%}
            select max(iana_timezone) as iana_timezone from {{ contract_rows('shop', connector) }}
            where not _fivetran_deleted
        {%- endset -%}
        {%- set zone = run_query(query).rows[0][0] -%}
        {%- if zone is not none and zone != var('shop_timezone') -%}
            {{ exceptions.raise_compiler_error(
                "the shop's time zone is " ~ zone ~ " and the var shop_timezone is "
                ~ var('shop_timezone') ~ "; set it to " ~ zone
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
