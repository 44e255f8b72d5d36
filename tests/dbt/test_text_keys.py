"""A shop whose keys are text: order numbers of 20 digits, UUIDs, SKUs.

Each natural key becomes a text of its kind, and the texts sort by bytes like the numbers did. All
times are the first of their quarter, so keys decide every order of rows.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import count, islice
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from uuid import NAMESPACE_OID, uuid5

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import irregular_shop as irregular
from conftest import NO_TESTS, Dbt
from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.spark.session import stop
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.load.person_key import VARIABLE
from ecommerce_analytics.parity import built_nodes, compare
from parses import handed_on
from postgres.servers import a_server, in_a_language
from spark.kept import DbtOnSpark

_VARS: Final = ("--vars", json.dumps({"key_type": "string"}))
_NO_UNIT_TESTS: Final = ("--exclude-resource-type", "unit_test")
_CONTRACT: Final = load_contract(key_type="string")
# A key's column has the same name in all tables.
_KEYS: Final = frozenset(
    text.name
    for table in _CONTRACT.tables
    for text, number in zip(table.columns, load_contract().table(table.name).columns, strict=True)
    if text.data_type != number.data_type
)
_IN_ORDER: Final = ("ordered_at", "touched_at", "refunded_at", "signed_up_at")
# Columns that contain keys or are derived from them.
_OF_KEYS: Final = ("source_key", "found", "product_name", "campaign_name")


def _texts() -> Iterator[str]:
    """Texts that engines might order, case-fold, trim or round differently."""
    for number in count():
        yield from (
            f"a{number}",
            f"K{number}",
            f"{number:03d}",
            f"é{number}",
            f"{number}.0",
            f"k{number}",
            f"Z {number}",
            str(10**19 + number),
            str(uuid5(NAMESPACE_OID, str(number))),
        )


def _texts_for(numbers: Mapping[str, set[int]]) -> Mapping[str, Mapping[int, str]]:
    """The text for each number of each key column; the texts sort like the numbers."""
    return {
        name: dict(
            zip(
                sorted(found),
                sorted(islice(_texts(), len(found)), key=lambda text: text.encode()),
                strict=True,
            )
        )
        for name, found in numbers.items()
    }


def _built(dbt: Dbt, shop: Path, *options: str) -> Dbt:
    # Person ids are the same with the same secret key.
    with patch.dict(os.environ, {VARIABLE: "0123456789abcdef" * 2}):
        contract = _CONTRACT if _VARS[0] in options else None
        dbt.engine.load(shop, contract=contract, loaded_at=irregular.FIRST_LOAD)
    dbt.succeed("build", *options)
    return dbt


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One shop's files, with integer keys and with text keys."""
    directory = tmp_path_factory.mktemp("keys")
    generate_shop(ShopSpec(customers=40, orders=150, end=date(2025, 2, 28)), directory / "integers")
    (directory / "texts").mkdir()
    tables = {}
    for path in (directory / "integers").glob("*.parquet"):
        rows = pq.read_table(path)
        for name in set(_IN_ORDER).intersection(rows.column_names):
            rows = _with(rows, name, pc.floor_temporal(rows[name], unit="quarter"))
        pq.write_table(rows, path)
        tables[path.stem] = rows
    texts = _texts_for(
        {
            name: {
                number
                for rows in tables.values()
                if name in rows.column_names
                for number in rows[name].to_pylist()
                if number is not None
            }
            for name in _KEYS
        }
    )
    for table, rows in tables.items():
        for name in _KEYS.intersection(rows.column_names):
            keys = [None if n is None else texts[name][n] for n in rows[name].to_pylist()]
            rows = _with(rows, name, pa.array(keys, pa.string()))
        pq.write_table(rows, directory / "texts" / f"{table}.parquet")
    return directory / "integers", directory / "texts"


def _with(rows: pa.Table, name: str, values: Any) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, values)


@pytest.fixture(scope="module")
def texts(shops: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The shop with text keys, built on DuckDB with all tests."""
    return _built(Dbt(tmp_path_factory.mktemp("text_keys")), shops[1], *_VARS)


def test_every_mart_has_the_same_rows(shops: tuple[Path, Path], texts: Dbt, tmp_path: Path) -> None:
    """All models and tests succeed, and everything except keys equals the integer shop."""
    _require_same_marts(_built(Dbt(tmp_path), shops[0], *NO_TESTS), texts)


def test_a_database_may_sort_by_its_language(
    shops: tuple[Path, Path], texts: Dbt, tmp_path: Path
) -> None:
    """PostgreSQL, which sorts text by language unless a collation is given, has the same rows."""
    with in_a_language(), a_server() as server:
        server.start()
        there = Dbt(tmp_path, engine=PostgresEngine(server.settings))
        assert there.query("select 'a' < 'K', 'K' < 'k'") == [(True, False)]
        _built(there, shops[1], *_VARS, *NO_TESTS)
        _require_same_rows(texts, there)


@pytest.fixture(scope="module")
def irregular_texts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Dbt]:
    """The shop of irregular rows with text keys, built on DuckDB with all data tests."""
    directory = tmp_path_factory.mktemp("irregular_texts")
    tables = irregular.SHOP.values()
    texts = _texts_for(
        {
            name: {row[name] for rows in tables for row in rows if row.get(name, "") != ""}
            for name in _KEYS
        }
    )
    shop = irregular.write_shop(
        directory / "shop",
        {
            table: [
                {
                    name: texts[name].get(value, "") if name in texts else value
                    for name, value in row.items()
                }
                for row in rows
            ]
            for table, rows in irregular.SHOP.items()
        },
    )
    return shop, _built(Dbt(directory), shop, *_VARS, *_NO_UNIT_TESTS)


def test_irregular_rows_count_as_with_integers(
    irregular_texts: tuple[Path, Dbt], tmp_path: Path
) -> None:
    """Lines created by the warehouse have text keys too."""
    shop = irregular.write_shop(tmp_path / "shop")
    integers = _built(Dbt(tmp_path), shop, *NO_TESTS)
    _require_same_marts(integers, irregular_texts[1])


def test_spark_has_the_same_rows(irregular_texts: tuple[Path, Dbt], tmp_path: Path) -> None:
    """Spark has the same rows for the irregular shop, and its data tests pass."""
    shop, here = irregular_texts
    try:
        there = _built(DbtOnSpark(tmp_path), shop, *_VARS, *_NO_UNIT_TESTS)
        _require_same_rows(here, there)
    finally:
        stop()


def _require_same_rows(here: Dbt, there: Dbt) -> None:
    differing = [
        f"{found.node.relation}: {' / '.join(found.differences)}"
        for found in compare(built_nodes(handed_on(here.engine)), [here.engine, there.engine])
        if found.differences
    ]
    assert not differing, "\n".join(differing)


def _require_same_marts(integers: Dbt, texts: Dbt) -> None:
    named = texts.query(
        "select table_name, list(column_name order by column_index) from duckdb_columns() "
        "where schema_name = 'marts' group by table_name order by table_name"
    )
    differing = []
    for mart, columns in named:
        kept = [
            name
            for name in columns
            if not name.endswith(("_id", "_key", "built_through", "valid_from"))
            and name not in _OF_KEYS
        ]
        query = f"select {', '.join(kept)} from marts.{mart} order by all"  # noqa: S608
        if texts.query(query) != integers.query(query):
            differing.append(mart)
    assert not differing
