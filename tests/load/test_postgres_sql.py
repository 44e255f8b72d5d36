"""The loader's SQL for PostgreSQL: tables as in the contract, rows for COPY."""

from collections.abc import Iterator

import duckdb
import pytest

from ecommerce_analytics.contract import Column, Contract, Table
from ecommerce_analytics.engines.postgres.load_sql import copy_lines, copy_statement, create_table

_TABLE = Table(
    "things",
    optional=False,
    columns=(
        Column("thing_id", "bigint", nullable=False, is_key=True, check=None, references=None),
        Column("day", "date", nullable=False, is_key=True, check=None, references=None),
        Column("kind", "string", nullable=True, is_key=False, check="kind <> ''", references=None),
        Column("amount", "numeric(18,2)", nullable=True, is_key=False, check=None, references=None),
        Column("is_new", "boolean", nullable=True, is_key=False, check=None, references="a (b)"),
        Column("seen_at", "timestamp", nullable=True, is_key=False, check=None, references=None),
        Column("loaded_at", "timestamp", nullable=False, is_key=False, check=None, references=None),
    ),
)
_CONTRACT = Contract("raw_data", (_TABLE,))


def test_a_table_is_made_as_the_contract_has_it() -> None:
    """A table has types, nulls, checks and the key; dbt tests foreign keys."""
    assert create_table(_CONTRACT, _TABLE).splitlines() == [
        'create table if not exists "raw_data"."things" (',
        '    "thing_id" bigint not null,',
        '    "day" date not null,',
        "    \"kind\" text check (kind <> ''),",
        '    "amount" numeric(18,2),',
        '    "is_new" boolean,',
        '    "seen_at" timestamp,',
        "    \"loaded_at\" timestamp default (now() at time zone 'UTC') not null,",
        '    primary key ("thing_id", "day")',
        ")",
    ]


def test_rows_are_copied_into_named_columns() -> None:
    """Rows are copied in a fixed order of columns, in any order of the file."""
    assert copy_statement(_CONTRACT, _TABLE, _TABLE.columns[:2]) == (
        'copy "raw_data"."things" ("thing_id", "day") from stdin'
    )


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB, in memory."""
    with duckdb.connect() as opened:
        yield opened


def test_each_type_has_the_text_that_postgres_reads(connection: duckdb.DuckDBPyConnection) -> None:
    """Nulls differ from empty text, money keeps its cents, and times their fractions."""
    relation = (
        "select 9223372036854775807 as thing_id, date '0001-02-03' as day, null as kind, "
        "cast(1.5 as decimal(18,2)) as amount, true as is_new, "
        "timestamp '2024-01-01 00:00:00.000001' as seen_at"
    )
    text = b"".join(copy_lines(connection, relation, _TABLE.file_columns))
    assert text == (
        b"9223372036854775807\t0001-02-03\t\\N\t1.50\ttrue\t2024-01-01 00:00:00.000001\n"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a\tb", r"a\tb"),
        ("a\nb\r\nc", r"a\nb\r\nc"),
        (r"C:\new", r"C:\\new"),
        ("\\\t", r"\\\t"),
        (r"\.", r"\\."),
        (r"\N", r"\\N"),
        ("", ""),
        ("\"quoted\", and 'so'", "\"quoted\", and 'so'"),
        ("Žižkov 東京 🛒", "Žižkov 東京 🛒"),
    ],
)
def test_text_keeps_every_character(
    connection: duckdb.DuckDBPyConnection, value: str, written: str
) -> None:
    """Characters that would end a value, a row or the data are escaped; others are unchanged."""
    connection.execute("create table t as select cast(? as varchar) as kind", [value])
    lines = b"".join(copy_lines(connection, "from t", (_TABLE.columns[2],)))
    assert lines.decode() == f"{written}\n"


def test_rows_come_in_order_and_in_parts(connection: duckdb.DuckDBPyConnection) -> None:
    """Rows come in order and in parts, so that memory use is bounded."""
    parts = list(
        copy_lines(connection, "select range as thing_id from range(100_000)", _TABLE.columns[:1])
    )
    assert len(parts) > 5
    assert b"".join(parts) == b"".join(b"%d\n" % number for number in range(100_000))


def test_no_rows_are_no_text(connection: duckdb.DuckDBPyConnection) -> None:
    """An empty table gives no COPY text."""
    empty = "select 1 as thing_id where false"
    assert list(copy_lines(connection, empty, _TABLE.columns[:1])) == []
