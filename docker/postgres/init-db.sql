-- Prepares a PostgreSQL server as the warehouse: roles, schemas, privileges, and the initial shop.
-- One psql script for the container, whose entrypoint runs it on the first start, and for
-- `ecom postgres start`. Running it again is safe: it renews passwords and privileges, and changes
-- no table.
--
-- Connect as a superuser to the warehouse's database. From the environment:
-- ECOM_LOADER_PASSWORD, DBT_ENV_SECRET_TRANSFORMER_PASSWORD, ECOM_READER_PASSWORD, and
-- ECOM_INIT_DIR, the folder of this script, if it is not the container's.

\set ON_ERROR_STOP on
\set QUIET on
-- No message and no server log may quote a statement, because some contain passwords.
\set VERBOSITY terse
\set SHOW_CONTEXT never
\encoding UTF8
set client_min_messages = warning;
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';

\set loader_password ''
\set transformer_password ''
\set reader_password ''
\getenv loader_password ECOM_LOADER_PASSWORD
\getenv transformer_password DBT_ENV_SECRET_TRANSFORMER_PASSWORD
\getenv reader_password ECOM_READER_PASSWORD
select '' in (:'loader_password', :'transformer_password', :'reader_password') as no_password \gset
\if :no_password
    do $$ begin raise exception 'a role has no password: set ECOM_LOADER_PASSWORD, '
        'DBT_ENV_SECRET_TRANSFORMER_PASSWORD and ECOM_READER_PASSWORD'; end $$;
\endif

-- Whether this script has completed here before.
select coalesce(current_setting('ecom.initialised', true), 'no') = 'yes' as initialised \gset

begin;

-- Roles: one to load, one to transform, one to read; each can do only that.
select format('create role %I', role)
from unnest(array['ecom_loader', 'ecom_transformer', 'ecom_reader']) as role
where not exists (select from pg_roles where rolname = role) \gexec
alter role ecom_loader with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    password :'loader_password';
alter role ecom_transformer with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    password :'transformer_password';
alter role ecom_reader with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    password :'reader_password';

-- They connect to this database only. dbt creates the schemas of pull requests itself, and
-- temporary tables to compare an incremental run.
revoke all on database :"DBNAME", postgres, template1 from public;
revoke all on schema public from public;
grant connect, temporary on database :"DBNAME" to ecom_loader;
grant connect, temporary, create on database :"DBNAME" to ecom_transformer;
grant connect on database :"DBNAME" to ecom_reader;

-- Raw tables belong to the loader; dbt reads them, including future ones.
create schema if not exists raw_data;
alter schema raw_data owner to ecom_loader;
grant usage on schema raw_data to ecom_transformer;
grant select on all tables in schema raw_data to ecom_transformer;
alter default privileges for role ecom_loader in schema raw_data
    grant select on tables to ecom_transformer;

-- Everything that dbt builds belongs to the transformer. The reader sees only the marts: it may use
-- the schema, and dbt grants it each table (`grants` in dbt_project.yml).
select format('create schema if not exists %1$I; alter schema %1$I owner to ecom_transformer', name)
from unnest(array[
    'staging', 'intermediate', 'marts', 'snapshots', 'seeds', 'audit', 'test_failures', 'analytics'
]) as name \gexec
grant usage on schema marts to ecom_reader;

-- Loads and builds lock this empty table, so that only one runs at a time. The lock needs the right
-- to update, which readers do not have.
create table if not exists audit.work_lock ();
alter table audit.work_lock owner to ecom_loader;
grant usage on schema audit to ecom_loader;
grant update on audit.work_lock to ecom_transformer;
-- Which shop is loaded, and up to which day: the loader's only table beside the raw ones.
create table if not exists audit.loads (
    load_id bigint primary key,
    loaded_at timestamp not null,
    kind text not null,
    shop_kind text not null,
    shop_name text not null,
    spec text,
    last_day date,
    row_count bigint not null
);
alter table audit.loads owner to ecom_loader;
grant select on audit.loads to ecom_transformer;

-- Settings for many short statements over whole tables. Times are UTC, as in the source contract.
-- Compiling (jit) rarely pays off for dbt's statements. On a solid state disk, and more so in
-- memory, a random page costs about the same as the next one.
alter database :"DBNAME" set timezone = 'UTC';
alter database :"DBNAME" set jit = off;
alter database :"DBNAME" set random_page_cost = 1.1;
alter database :"DBNAME" set work_mem = '32MB';

commit;

-- The shop, from `ecom postgres mock-data`. A server that is already filled keeps its tables.
\set no_shop `test -f "${ECOM_INIT_DIR:-/docker-entrypoint-initdb.d}/mock-data/load.sql"; echo $?`
\if :initialised
    \echo 'This database was initialised before: passwords and privileges are renewed, tables kept.'
\elif :no_shop
    \echo 'No mock data in docker/postgres/mock-data: the schema raw_data is empty.'
\else
    \ir mock-data/load.sql
    \echo 'The schema raw_data has the shop of docker/postgres/mock-data.'
\endif

alter database :"DBNAME" set ecom.initialised = 'yes';
