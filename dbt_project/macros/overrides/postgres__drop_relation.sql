{#- Drops a relation as dbt does it, unless views that somebody made would go with it. What moves
    aside for a moment has none: see postgres__rename_relation. -#}
{% macro postgres__drop_relation(relation) -%}
    {%- set is_passing = relation.identifier.endswith(('__dbt_tmp', '__dbt_backup')) -%}
    {%- set views = [] if is_passing else postgres_foreign_views(relation) -%}
    {%- if views -%}
        {{ exceptions.raise_compiler_error(
            relation.include(database=false) ~ " is made again, and views that this project did "
            ~ "not make stand on it: " ~ views | join(", ") ~ "; nothing was changed: drop them, "
            ~ "build again, and create them again"
        ) }}
    {%- endif -%}
    {%- do default__drop_relation(relation) -%}
{%- endmacro %}
