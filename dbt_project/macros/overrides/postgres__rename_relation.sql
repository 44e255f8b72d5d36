{#- Renames a relation as dbt does it where another takes its place, but for two things.

    Views that somebody made on it would go with the old relation, which dbt drops with all that
    stands on it (dbt-labs/dbt-core issue 2185). A relation with such views keeps
    its place: it is not moved aside, and takes over the rows, or the query, of the new one.

    A reader's lock would be waited for without end and without a word: this gives up after four
    attempts of some seconds, between which others may read on, and names who holds it. -#}
{% macro postgres__rename_relation(from_relation, to_relation) -%}
    {%- if to_relation.identifier == make_backup_relation(from_relation, 'table').identifier -%}
        {%- if not postgres_foreign_views(from_relation) -%}
            {%- do _postgres_rename(from_relation, to_relation) -%}
        {%- endif -%}
    {%- else -%}
        {%- set views = postgres_foreign_views(to_relation) -%}
        {%- if views -%}
            {%- do _postgres_take_over(from_relation, to_relation, views) -%}
        {%- else -%}
            {%- do _postgres_rename(from_relation, to_relation) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro _postgres_rename(from_relation, to_relation) -%}
    {%- call statement('rename_relation') -%}
        {%- call postgres_with_lock(from_relation) -%}
        alter table {{ from_relation }}
        rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }};
        {%- endcall -%}
    {%- endcall -%}
{%- endmacro %}

{% macro _postgres_take_over(from_relation, to_relation, views) -%}
    {%- set columns = adapter.get_columns_in_relation(from_relation) -%}
    {%- set kind = "select relkind from pg_class where oid = '%s'::regclass" -%}
    {%- set is_view = run_query(kind | format(from_relation)).rows[0][0] == 'v' -%}
    {%- set is_same_kind = is_view == (run_query(kind | format(to_relation)).rows[0][0] == 'v') -%}
    {%- if not is_same_kind
        or columns | map(attribute='quoted') | list
            != adapter.get_columns_in_relation(to_relation) | map(attribute='quoted') | list
        or columns | map(attribute='data_type') | list
            != adapter.get_columns_in_relation(to_relation) | map(attribute='data_type') | list -%}
        {{ exceptions.raise_compiler_error(
            to_relation.include(database=false) ~ " gets other columns, and views that this "
            ~ "project did not make stand on it: " ~ views | join(", ") ~ "; nothing was changed: "
            ~ "drop them, build again, and create them again"
        ) }}
    {%- endif -%}
    {%- set names = columns | map(attribute='quoted') | join(', ') -%}
    {%- call statement('rename_relation') -%}
        {%- call postgres_with_lock(to_relation) -%}
        {%- if is_view %}
        create or replace view {{ to_relation }} as
        {{ run_query("select pg_get_viewdef('" ~ from_relation ~ "'::regclass)").rows[0][0] }}
        drop view {{ from_relation }};
        {%- else %}
        truncate {{ to_relation }};
        insert into {{ to_relation }} ({{ names }}) select {{ names }} from {{ from_relation }};
        drop table {{ from_relation }};
        {%- endif %}
        {%- endcall -%}
    {%- endcall -%}
{%- endmacro %}
