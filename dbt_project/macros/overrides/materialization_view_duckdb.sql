{% materialization view, adapter="duckdb" %}
    {{ return(duckdb_replace_relation("view")) }}
{% endmaterialization %}
