"""Shopify by Fivetran: what arrives through the connector equals what is loaded directly."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import duckdb
import pytest
import yaml
from psycopg2.extras import execute_values

from conftest import NO_TESTS, WITH_A_MEMORY, Artifact, Dbt
from connectors.fivetran import PERSON_KEY, SCHEMA, replace_raw, tables_of, write
from connectors.fivetran_traps import LAST_OF_FIRST, TRAPS, Trap
from differences import differences, followed
from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.postgres.settings import SUPERUSER, TRANSFORMER
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.load.person_key import VARIABLE
from ecommerce_analytics.paths import DBT_PROJECT
from postgres.servers import a_server

_SOURCE: Final = "shopify_fivetran"
_VARS: Final = ("--vars", json.dumps({"ecommerce_source": _SOURCE}))
_FOLDER: Final = DBT_PROJECT / "models" / "staging" / _SOURCE
# The contract's tables that the connector does not have.
_NOT_CONNECTED: Final = frozenset({"campaign_spend_daily", "erasures"})
_HISTORIES: Final = frozenset({"dim_customers_history", "fact_order_statuses"})
_CONNECTED: Final = [t for t in load_contract().tables if t.name not in _NOT_CONNECTED]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A tiny shop with all traps: the contract's files, Fivetran's tables, and the first sync's."""
    directory = tmp_path_factory.mktemp("fivetran")
    generate_shop(ShopSpec(customers=30, orders=80), directory / "shop")
    return write(directory / "shop", directory)


@pytest.fixture(scope="module")
def connected(written: tuple[Path, Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The shop through the connector: the first sync built, then the second with all data tests."""
    _, second, first = written
    dbt = Dbt(tmp_path_factory.mktemp("connected"))
    replace_raw(dbt.warehouse, first)
    dbt.succeed("build", *_VARS, *WITH_A_MEMORY, *NO_TESTS)
    replace_raw(dbt.warehouse, second)
    dbt.succeed(
        "build", *_VARS, "--exclude-resource-type", "unit_test", "--exclude", "path:tests/macros"
    )
    return dbt


def test_every_mart_equals_the_direct_load(
    written: tuple[Path, Path, Path], connected: Dbt, tmp_path: Path, manifest: Artifact
) -> None:
    """Two syncs through the connector give the rows of a single load of the contract's files.

    Only the histories of accounts and statuses know more: they saw the first sync.
    """
    direct = Dbt(tmp_path)
    with patch.dict(os.environ, {VARIABLE: PERSON_KEY}):
        direct.load(written[0])
    direct.succeed("build", *NO_TESTS)
    tables = [table for table in followed(manifest) if table.name not in _HISTORIES]
    assert len(tables) > 50
    found = differences(direct.warehouse, connected.warehouse, tables)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.about)
def test_traps(trap: Trap, connected: Dbt) -> None:
    """Each trap arrives as the contract's rows that it means, and as no others."""
    orders = sorted({row["id"] for row in trap.raw.get("order", ())})
    for table in _CONNECTED:
        expected = trap.contract.get(table.name, [])
        (key, *_) = table.key
        values = [str(row[key]) for row in expected]
        is_of_trap = f"{key} in ({', '.join(values)})" if values else "1 = 0"
        if "order_id" in {column.name for column in table.columns}:
            is_of_trap = f"order_id in ({', '.join(map(str, orders))})"
        names = sorted({name for row in expected for name in row}) or [key]
        query = f"select {', '.join(names)} from staging.base_{_SOURCE}__{table.name} "  # noqa: S608
        rows = [
            dict(zip(names, map(_plain, row), strict=True))
            for row in connected.query(f"{query} where {is_of_trap} order by {key}")
        ]
        wanted = [
            {name: _plain(row.get(name)) for name in names}
            for row in sorted(expected, key=lambda row: row[key])
        ]
        assert rows == wanted, table.name


def _plain(value: Any) -> Any:
    """A value as the traps write it."""
    match value:
        case Decimal():
            return float(value)
        case datetime() | date():
            return str(value)
        case bool() | None | str():
            return value
        case _:
            return float(value)


def test_a_row_is_as_late_as_its_last_part(connected: Dbt) -> None:
    """An order whose parcel arrived was loaded when Fivetran wrote the parcel's last event."""
    query = "select cast(loaded_at as varchar) from {} where order_id = 9026"
    assert connected.query(query.format(f"staging.base_{_SOURCE}__orders")) == [(LAST_OF_FIRST,)]


def test_the_first_sync_lacked_tables_and_columns(written: tuple[Path, Path, Path]) -> None:
    """Tables and columns that Fivetran has not created were missing in what was built."""
    declared = _sources()
    with duckdb.connect(str(written[2]), read_only=True) as db:
        held: dict[str, set[str]] = {}
        for table, column in db.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = $1", [SCHEMA]
        ).fetchall():
            held.setdefault(table, set()).add(column)
    assert declared.keys() - held.keys() == {"customer_visit"}
    missing = {f"{t}.{c}" for t in held for c in declared[t] if c not in held[t]}
    assert {
        "customer.accepts_marketing",
        "order_line.original_total",
        "refund._fivetran_deleted",
    } < (missing)


def _sources() -> Mapping[str, Mapping[str, Any]]:
    document = yaml.safe_load((_FOLDER / "_shopify_fivetran__sources.yml").read_text("utf-8"))
    return {
        table["name"]: {column["name"]: column for column in table["columns"]}
        for table in document["sources"][0]["tables"]
    }


def test_base_models_have_the_contracts_columns() -> None:
    """Each connected table has a base model whose YAML has the contract's columns and types."""
    key_type = "{{ var('key_type') }}"
    for table in _CONNECTED:
        path = _FOLDER / "base" / f"base_{_SOURCE}__{table.name}.yml"
        (model,) = yaml.safe_load(path.read_text("utf-8"))["models"]
        assert [
            (column["name"], column["data_type"].replace(key_type, "bigint"))
            for column in model["columns"]
        ] == [(column.name, column.data_type) for column in table.columns]


def test_nothing_of_it_is_in_the_default_graph(manifest: Artifact) -> None:
    """Without the connector the project has none of its models, tests and sources."""
    for kind in ("nodes", "sources", "unit_tests"):
        assert not [name for name in manifest[kind] if "fivetran" in name]


def test_the_connected_graph_reads_only_the_connector(connected: Dbt) -> None:
    """With the connector, staging reads base models; two tables stay the contract's own."""
    path = connected.target / "manifest.json"
    found = json.loads(path.read_text("utf-8"))
    contract = {
        source["name"]
        for source in found["sources"].values()
        if source["source_name"] == "ecommerce"
    }
    assert contract == _NOT_CONNECTED
    for table in _CONNECTED:
        staging = found["nodes"][f"model.ecommerce_analytics.stg_ecommerce__{table.name}"]
        base = f"model.ecommerce_analytics.base_{_SOURCE}__{table.name}"
        assert base in staging["depends_on"]["nodes"]
        assert not [name for name in staging["depends_on"]["nodes"] if name.startswith("source.")]


@pytest.mark.parametrize(
    ("statements", "options", "sentence"),
    [
        (
            ["drop table shopify.order_line", "alter table shopify.order drop column total_price"],
            {"ecommerce_source": _SOURCE},
            "shopify_fivetran reads the schema shopify, which does not have order.total_price, "
            "order_line; let the connector sync them, or name its schema in the vars "
            "shopify_fivetran_schema and shopify_fivetran_database",
        ),
        (
            ["update shopify.shop set iana_timezone = 'Europe/Berlin'"],
            {"ecommerce_source": _SOURCE},
            "the shop's time zone is Europe/Berlin and the var shop_timezone is America/New_York; "
            "set it to Europe/Berlin",
        ),
        (
            [],
            {"ecommerce_source": "shopify_fivetrain"},
            "the var ecommerce_source is 'shopify_fivetrain'; use contract or shopify_fivetran",
        ),
    ],
    ids=["missing tables", "another time zone", "a misspelt source"],
)
def test_what_is_wrong_is_a_sentence(
    written: tuple[Path, Path, Path],
    connected: Dbt,
    tmp_path: Path,
    statements: Sequence[str],
    options: Mapping[str, str],
    sentence: str,
) -> None:
    """A run says in one sentence what was found and what is needed; nothing is built."""
    dbt = Dbt(tmp_path)
    replace_raw(dbt.warehouse, written[2])
    dbt.execute(*statements)
    shutil.copytree(connected.target, dbt.target)
    result = dbt.run("run", "--select", "stg_ecommerce__orders", "--vars", json.dumps(options))
    assert result.exit_code
    assert sentence in result.output + "".join(result.errors)
    assert not dbt.query("select 1 from duckdb_views() where schema_name = 'staging'")


# Fivetran's names of the GraphQL interface, where they differ.
_NEW_NAMES: Final = {
    "order": {
        "financial_status": "display_financial_status",
        "fulfillment_status": "display_fulfillment_status",
        "total_discounts": "total_discounts_set_shop_amount",
        "total_tax": "total_tax_set_shop_amount",
        "total_price": "total_price_set_shop_amount",
        "total_tip_received": "total_tip_received_set_shop_amount",
        "currency": "currency_code",
    },
    "order_line": {
        "gift_card": "is_gift_card",
        "price": "original_total_set_shop_amount",
        "total_discount": "total_discount_set_shop_amount",
    },
    "discount_allocation": {"amount": "allocated_amount_set_shop_amount"},
    "tax_line": {"price": "price_set_shop_amount"},
    "order_shipping_line": {
        "price": "original_price_set_shop_amount",
        "discounted_price": "discounted_price_set_shop_amount",
    },
    "order_line_refund": {
        "subtotal": "subtotal_set_shop_amount",
        "total_tax": "total_tax_set_shop_amount",
    },
    "order_adjustment": {
        "amount": "amount_set_shop_amount",
        "tax_amount": "tax_amount_set_shop_amount",
    },
    "transaction": {"amount": "amount_set_shop_amount"},
    "shop": {"currency": "currency_code"},
}
_NEW_TABLES: Final = {"order_line_refund": "refund_line_item"}
# Columns that those tables do not have, and values that are spelled differently.
_GONE: Final = frozenset({("order_line", "index"), ("order_adjustment", "kind")})
_CAPITALS: Final = frozenset({"financial_status", "fulfillment_status", "kind", "reason", "status"})
_POSTGRES_TYPES: Final = {"DOUBLE": "double precision", "VARCHAR": "text"}


def _as_graphql(raw: Path) -> Iterator[tuple[str, list[tuple[str, str]], list[tuple[Any, ...]]]]:
    """The tables by Fivetran's newer names: table, columns with types, rows."""
    with duckdb.connect(str(raw), read_only=True) as db:
        db.execute("set timezone = 'UTC'")
        for schema, table in tables_of(db, "raw"):
            if schema != SCHEMA:
                continue
            columns, values = [], []
            for column, kind, *_ in db.execute(f'describe {schema}."{table}"').fetchall():
                if (table, column) in _GONE:
                    continue
                name = _NEW_NAMES.get(table, {}).get(column, column)
                columns.append((name, _POSTGRES_TYPES.get(kind, kind)))
                value = f'upper("{column}")' if column in _CAPITALS else f'"{column}"'
                values.append("price * quantity" if name.startswith("original_total") else value)
            rows = db.execute(f'select {", ".join(values)} from {schema}."{table}"').fetchall()  # noqa: S608
            yield _NEW_TABLES.get(table, table), columns, rows


def test_postgres_has_the_same_rows_by_the_newer_names(
    written: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    """PostgreSQL with the tables of the GraphQL interface has the rows of the contract's files.

    Staging is compared: the marts do not know where it reads from.
    """
    with a_server() as server:
        server.start()
        server.query(SUPERUSER, f"create schema {SCHEMA}")
        with server.settings.connect(SUPERUSER) as connection, connection.cursor() as cursor:
            cursor.execute("create table raw_data.person_key as select %s as secret", [PERSON_KEY])
            for table, columns, rows in _as_graphql(written[1]):
                declared = ", ".join(f'"{name}" {kind}' for name, kind in columns)
                cursor.execute(f'create table {SCHEMA}."{table}" ({declared})')
                if rows:
                    execute_values(cursor, f'insert into {SCHEMA}."{table}" values %s', rows)  # noqa: S608
            for schema in (SCHEMA, "raw_data"):
                cursor.execute(f"grant usage on schema {schema} to {TRANSFORMER}")
                cursor.execute(f"grant select on all tables in schema {schema} to {TRANSFORMER}")
        there = Dbt(tmp_path, engine=PostgresEngine(server.settings))
        there.succeed("run", "--select", "staging", *_VARS)
        for contract in _CONNECTED:
            names = ", ".join(column.name for column in contract.file_columns)
            query = f"select {names} from {{}} order by {', '.join(contract.key)}"  # noqa: S608
            expected = duckdb.execute(query.format(f"'{written[0] / contract.name}.parquet'"))
            found = there.query(query.format(f"staging.base_{_SOURCE}__{contract.name}"))
            assert found == expected.fetchall(), contract.name
