"""What each role may do, statement by statement; everything else is denied."""

from collections.abc import Iterator
from typing import Final

import psycopg2
import psycopg2.errors
import pytest

from ecommerce_analytics.engines.postgres.settings import LOADER, READER, SUPERUSER, TRANSFORMER
from ecommerce_analytics.errors import EcomError
from postgres.servers import TestServer, a_server

_SCHEMAS: Final = (
    "staging",
    "intermediate",
    "marts",
    "snapshots",
    "seeds",
    "audit",
    "test_failures",
    "analytics",
)


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    """A server with a raw table, one mart granted to the reader, and one not granted."""
    with a_server() as made:
        made.start()
        made.query(LOADER, "create table raw_data.orders (order_id bigint primary key)")
        made.query(LOADER, "insert into raw_data.orders values (1), (2)")
        made.query(TRANSFORMER, "create table marts.fact_orders as table raw_data.orders")
        made.query(TRANSFORMER, "create table marts.secret_orders as table raw_data.orders")
        made.query(TRANSFORMER, "create table staging.orders as table raw_data.orders")
        made.query(TRANSFORMER, "create table audit.runs as table raw_data.orders")
        made.query(TRANSFORMER, f"grant select on marts.fact_orders to {READER}")
        yield made


_A_LOAD: Final = "select 1, now(), 'shop', 'own', 'exports', null, null, 2"

_ALLOWED: Final = (
    (LOADER, "select * from raw_data.orders"),
    (LOADER, "insert into raw_data.orders values (3)"),
    (LOADER, "delete from raw_data.orders where order_id = 3"),
    (LOADER, "create table raw_data.made (id bigint); drop table raw_data.made"),
    (LOADER, "truncate raw_data.orders"),
    (LOADER, "create temporary table scratch (id bigint)"),
    (LOADER, f"insert into audit.loads {_A_LOAD}"),
    (LOADER, "delete from audit.loads"),
    (TRANSFORMER, "select * from audit.loads"),
    (TRANSFORMER, "select * from raw_data.orders"),
    (TRANSFORMER, "create temporary table scratch (id bigint)"),
    (TRANSFORMER, "create schema pr_12_marts; drop schema pr_12_marts"),
    (TRANSFORMER, "insert into marts.fact_orders values (3)"),
    (TRANSFORMER, "drop table marts.fact_orders"),
    (TRANSFORMER, "grant select on marts.secret_orders to ecom_reader"),
    *((TRANSFORMER, f"create table {schema}.made (id bigint)") for schema in _SCHEMAS),
    *((TRANSFORMER, f"create view {schema}.made as select 1 as id") for schema in _SCHEMAS),
    (LOADER, "lock table audit.work_lock in exclusive mode"),
    (TRANSFORMER, "lock table audit.work_lock in exclusive mode"),
    (READER, "select * from marts.fact_orders"),
)

_REFUSED: Final = (
    *((LOADER, f"create table {schema}.made (id bigint)") for schema in _SCHEMAS),
    (LOADER, "select * from audit.runs"),
    (LOADER, "select * from marts.fact_orders"),
    (LOADER, "select * from staging.orders"),
    (LOADER, "create schema mine"),
    (LOADER, "create table public.made (id bigint)"),
    (LOADER, "drop schema marts cascade"),
    (LOADER, "set role ecom_transformer"),
    (LOADER, "copy raw_data.orders from '/etc/passwd'"),
    (LOADER, "copy raw_data.orders from program 'true'"),
    (TRANSFORMER, f"insert into audit.loads {_A_LOAD}"),
    (TRANSFORMER, "delete from audit.loads"),
    (TRANSFORMER, "insert into raw_data.orders values (3)"),
    (TRANSFORMER, "update raw_data.orders set order_id = 3"),
    (TRANSFORMER, "delete from raw_data.orders"),
    (TRANSFORMER, "truncate raw_data.orders"),
    (TRANSFORMER, "drop table raw_data.orders"),
    (TRANSFORMER, "create table raw_data.made (id bigint)"),
    (TRANSFORMER, "create table public.made (id bigint)"),
    (TRANSFORMER, "create role someone"),
    (TRANSFORMER, "alter role ecom_transformer superuser"),
    (TRANSFORMER, "set role ecom_loader"),
    (READER, "lock table audit.work_lock in access share mode"),
    (READER, "select * from marts.secret_orders"),
    (READER, "select * from raw_data.orders"),
    (READER, "select * from audit.loads"),
    (READER, "select * from staging.orders"),
    (READER, "insert into marts.fact_orders values (3)"),
    (READER, "delete from marts.fact_orders"),
    (READER, "create table marts.made (id bigint)"),
    (READER, "create temporary table scratch (id bigint)"),
    (READER, "create schema mine"),
    (READER, "select * from pg_catalog.pg_authid"),
    (READER, "set role ecom_transformer"),
)


def _try(server: TestServer, role: str, statement: str) -> None:
    """Run a statement and roll it back, so that each test finds the same state."""
    connection = server.settings.connect(role)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.rollback()
        connection.close()


@pytest.mark.parametrize(("role", "statement"), _ALLOWED)
def test_a_role_may_do_its_work(server: TestServer, role: str, statement: str) -> None:
    """A role can do all that loading, transforming and reading need."""
    _try(server, role, statement)


@pytest.mark.parametrize(("role", "statement"), _REFUSED)
def test_a_role_may_do_nothing_else(server: TestServer, role: str, statement: str) -> None:
    """Other statements fail for lack of a privilege, not for another reason."""
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        _try(server, role, statement)


@pytest.mark.parametrize("role", [LOADER, TRANSFORMER, READER])
@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_a_role_connects_to_the_warehouse_only(
    server: TestServer, role: str, database: str
) -> None:
    """A role cannot connect to other databases."""
    elsewhere = type(server.settings)(
        server.settings.host, server.settings.port, database, server.settings.passwords
    )
    with pytest.raises(EcomError, match=f"^{role} may not connect to the database {database} on"):
        elsewhere.connect(role)


@pytest.mark.parametrize(
    ("role", "schemas"),
    [(LOADER, {"raw_data", "audit"}), (TRANSFORMER, {"raw_data", *_SCHEMAS}), (READER, {"marts"})],
)
def test_a_role_enters_its_own_schemas(server: TestServer, role: str, schemas: set[str]) -> None:
    """A role can use its own schemas, and create objects in those that it owns."""
    entered = server.query(
        SUPERUSER,
        f"select nspname, has_schema_privilege('{role}', oid, 'create') from pg_namespace "  # noqa: S608
        f"where nspname !~ '^(pg_|information_schema)' and nspname !~ '^pr_' "
        f"and has_schema_privilege('{role}', oid, 'usage')",
    )
    assert {name for name, _ in entered} == schemas
    owned = {LOADER: {"raw_data"}, TRANSFORMER: set(_SCHEMAS), READER: set()}[role]
    assert {name for name, may_make in entered if may_make} == owned


def test_tables_of_tomorrow_are_read_too(server: TestServer) -> None:
    """The transformer can read future tables of the loader without another grant."""
    server.query(LOADER, "create table raw_data.refunds as select 7 as refund_id")
    assert server.scalar("select refund_id from raw_data.refunds", TRANSFORMER) == 7


def test_a_schema_of_a_pull_request_is_closed_to_others(server: TestServer) -> None:
    """The reader has access to `marts`, and to no pull request's schema."""
    server.query(TRANSFORMER, "create schema pr_7_marts")
    server.query(TRANSFORMER, "create table pr_7_marts.made as select 1 as id")
    server.query(TRANSFORMER, f"grant select on pr_7_marts.made to {READER}")
    for role in (READER, LOADER):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            _try(server, role, "select * from pr_7_marts.made")


def test_nobody_has_more_than_a_login(server: TestServer) -> None:
    """No role is a superuser, creates roles or databases, replicates, or is a member of another."""
    rows = server.query(
        SUPERUSER,
        "select rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, "
        "rolcanlogin from pg_roles where rolname like 'ecom%' order by 1",
    )
    assert rows == [
        (role, False, False, False, False, False, True)
        for role in sorted((LOADER, READER, TRANSFORMER))
    ]
    assert server.query(SUPERUSER, _MEMBERSHIPS) == []


_MEMBERSHIPS: Final = """
    select member::regrole::text from pg_auth_members where member::regrole::text like 'ecom%'
"""


def test_passwords_are_kept_as_scram(server: TestServer) -> None:
    """Passwords are stored as SCRAM hashes, never as md5 or text."""
    kept = server.query(SUPERUSER, "select rolpassword from pg_authid where rolcanlogin")
    assert len(kept) == 4
    assert all(password.startswith("SCRAM-SHA-256$") for (password,) in kept)
