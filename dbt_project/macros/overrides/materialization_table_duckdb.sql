{% materialization table, adapter="duckdb" %}
    {{ return(duckdb_replace_relation("table")) }}
{% endmaterialization %}
