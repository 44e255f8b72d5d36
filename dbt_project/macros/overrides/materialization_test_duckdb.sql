{#- A data test is one query, or two where its failures are kept: neither needs a transaction that
    dbt would begin and roll back around it. -#}
{% materialization test, adapter="duckdb" %}
    {%- set query = get_limit_subquery_sql(sql, config.get('limit')) -%}
    {%- set relations = [] -%}
    {%- if should_store_failures() -%}
        {%- set kept = this.incorporate(type=config.get('store_failures_as') or 'table') -%}
        {%- call statement('failures', auto_begin=False) -%}
            create or replace {{ kept.type }} {{ kept }} as {{ query }}
        {%- endcall -%}
        {%- do relations.append(kept) -%}
        {%- set query = 'select * from ' ~ kept -%}
    {%- endif -%}

    {%- call statement('main', fetch_result=True, auto_begin=False) -%}
        {{
            get_test_sql(
                query, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), none
            )
        }}
    {%- endcall -%}

    {{ return({"relations": relations}) }}
{% endmaterialization %}
