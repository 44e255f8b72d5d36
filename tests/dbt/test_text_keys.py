"""A shop whose keys are text: order numbers of 20 digits, UUIDs, SKUs."""

import json
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from conftest import NO_TESTS, Dbt
from ecommerce_analytics.contract import Table, load_contract
from ecommerce_analytics.generate import ShopSpec, generate_shop

_VARS: Final = ("--vars", json.dumps({"key_type": "string"}))
# Marts without a natural key, so that both shops have the same rows.
_MARTS: Final = (
    "orders_daily",
    "orders_weekly",
    "orders_monthly",
    "category_performance",
    "customer_cohorts",
    "fulfillment_performance",
)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dbt, Dbt]:
    """One shop built twice: with integers as keys, and with the same keys as text."""
    directory = tmp_path_factory.mktemp("keys")
    generate_shop(ShopSpec(customers=40, orders=150), directory / "integers")
    (directory / "texts").mkdir()
    for table in load_contract(key_type="string").tables:
        rows = pq.read_table(directory / "integers" / f"{table.name}.parquet")
        pq.write_table(_with_text_keys(rows, table), directory / "texts" / f"{table.name}.parquet")
    integers, texts = (_place(directory / name) for name in ("integer_keys", "text_keys"))
    integers.load(directory / "integers")
    integers.succeed("build", *NO_TESTS)
    texts.engine.load(directory / "texts", contract=load_contract(key_type="string"))
    return integers, texts


def test_every_mart_is_built_and_green(shops: tuple[Dbt, Dbt]) -> None:
    """All models and tests, and the same figures as with integers."""
    integers, texts = shops
    texts.succeed("build", *_VARS)
    for mart in _MARTS:
        query = f"select * from marts.{mart} order by all"  # noqa: S608
        assert texts.query(query) == integers.query(query), mart
    ((first,),) = texts.query("select min(order_id) from marts.fact_orders")
    assert first == f"{1:020d}"


def _place(directory: Path) -> Dbt:
    directory.mkdir()
    return Dbt(directory)


def _with_text_keys(rows: pa.Table, table: Table) -> pa.Table:
    """The rows with every natural key as 20 digits: as text they sort as they did."""
    integers = {
        column.name: column.data_type for column in load_contract().table(table.name).columns
    }
    for column in table.file_columns:
        if column.data_type == "string" and integers[column.name] == "bigint":
            position = rows.column_names.index(column.name)
            text = pc.utf8_lpad(pc.cast(rows[column.name], pa.string()), 20, padding="0")
            rows = rows.set_column(position, column.name, text)
    return rows
