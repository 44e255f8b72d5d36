-- Makes a PostgreSQL server the warehouse's: roles, schemas, privileges, and the shop that it
-- starts with. One psql script for the container, whose entrypoint runs it on the first start,
-- and for `ecom postgres start`. Running it again is safe: it renews passwords and privileges,
-- and leaves every table as it is.
--
-- Connect as a superuser to the database that is to be the warehouse. From the environment:
-- ECOM_LOADER_PASSWORD, DBT_ENV_SECRET_TRANSFORMER_PASSWORD, ECOM_READER_PASSWORD, and
-- ECOM_INIT_DIR, the folder of this script where that is not the container's.

\set ON_ERROR_STOP on
\set QUIET on
-- No message may quote a statement: some hold passwords. Neither may the server's log.
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

-- Whether this script has come to its end here before.
select coalesce(current_setting('ecom.initialised', true), 'no') = 'yes' as initialised \gset

begin;

-- Roles: one to load, one to transform, one to read; each may do that and nothing else.
select format('create role %I', role)
from unnest(array['ecom_loader', 'ecom_transformer', 'ecom_reader']) as role
where not exists (select from pg_roles where rolname = role) \gexec
alter role ecom_loader with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    password :'loader_password';
alter role ecom_transformer with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    password :'transformer_password';
alter role ecom_reader with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    password :'reader_password';

-- They connect to this database and to no other. dbt makes the schemas of pull requests itself, and
-- temporary tables where it compares an increment.
revoke all on database :"DBNAME", postgres, template1 from public;
revoke all on schema public from public;
grant connect, temporary on database :"DBNAME" to ecom_loader;
grant connect, temporary, create on database :"DBNAME" to ecom_transformer;
grant connect on database :"DBNAME" to ecom_reader;

-- Raw tables are the loader's; dbt reads them, those of tomorrow too.
create schema if not exists raw_data;
alter schema raw_data owner to ecom_loader;
grant usage on schema raw_data to ecom_transformer;
grant select on all tables in schema raw_data to ecom_transformer;
alter default privileges for role ecom_loader in schema raw_data
    grant select on tables to ecom_transformer;

-- Everything that dbt builds is the transformer's. Of it the reader sees the marts: it may enter
-- the schema, and dbt grants it each table (`grants` in dbt_project.yml).
select format('create schema if not exists %1$I; alter schema %1$I owner to ecom_transformer', name)
from unnest(array[
    'staging', 'intermediate', 'marts', 'snapshots', 'seeds', 'audit', 'test_failures', 'analytics'
]) as name \gexec
grant usage on schema marts to ecom_reader;

-- Loads and builds lock this table, which has no rows: one of them at a time. Locking it takes the
-- right to update it, so that a reader cannot.
create table if not exists audit.work_lock ();
alter table audit.work_lock owner to ecom_loader;
grant usage on schema audit to ecom_loader;
grant update on audit.work_lock to ecom_transformer;
-- Which shop is loaded, and until when: the loader's one table beside the raw ones.
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

-- What suits many short statements over whole tables. Times are UTC, as in the source contract.
-- jit costs each of dbt's statements a compilation that it hardly ever earns back. On a solid state
-- disk, and more so in memory, a random page costs about what the next one does.
alter database :"DBNAME" set timezone = 'UTC';
alter database :"DBNAME" set jit = off;
alter database :"DBNAME" set random_page_cost = 1.1;
alter database :"DBNAME" set work_mem = '32MB';

commit;

-- The shop: written by `ecom postgres mock-data`, which knows the tables. A server that has been
-- filled keeps what it has.
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
