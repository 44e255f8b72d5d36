"""Columns that a source gains or loses, and columns that a model gains.

The loader rejects files with columns outside the contract (tests/load); here the raw tables
themselves change, as with another loader.
"""

import shutil
from pathlib import Path
from typing import Final

import pytest

from conftest import NO_TESTS, Dbt
from ecommerce_analytics.paths import DBT_PROJECT

_REFUNDS: Final = "intermediate/int_refunds__items"


@pytest.fixture(scope="module")
def lived(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """A small shop, built; read only."""
    dbt = Dbt(tmp_path_factory.mktemp("schema_change"))
    dbt.load(small_shop_dir)
    dbt.succeed("build", *NO_TESTS, "--select", "+fact_orders", "+fact_order_items")
    return dbt


@pytest.fixture
def shop(lived: Dbt, tmp_path: Path) -> Dbt:
    """A copy of it."""
    shutil.copy(lived.warehouse, tmp_path)
    return Dbt(tmp_path)


def test_a_missing_source_column_stops_the_run(shop: Dbt) -> None:
    """A missing source column stops the run with its name, before any mart is written."""
    shop.execute("alter table raw_data.orders drop column shipping_total")
    before = shop.query("select max(built_through) from marts.fact_orders")
    result = shop.run("build", *NO_TESTS, "--select", "+fact_orders")
    assert result.exit_code == 1
    assert any("shipping_total" in error for error in result.errors), result.errors
    assert shop.query("select max(built_through) from marts.fact_orders") == before


def test_a_new_source_column_changes_nothing(shop: Dbt) -> None:
    """A new source column changes nothing, because staging models list their columns."""
    before = shop.query("select * from marts.fact_orders order by order_id")
    shop.execute("alter table raw_data.orders add column gift_note varchar")
    shop.succeed("build", *NO_TESTS, "--select", "+fact_orders")
    assert shop.query("select * from marts.fact_orders order by order_id") == before


def test_a_new_column_of_an_incremental_model_asks_for_a_rebuild(shop: Dbt) -> None:
    """A new column fails an incremental run, because `on_schema_change: fail` is set."""
    project = shop.warehouse.parent / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    _replace(
        project / f"models/{_REFUNDS}.sql",
        "        refunded_at,\n        loaded_at,\n        (select",
        "        refunded_at,\n        refund_id as alias,\n        loaded_at,\n        (select",
    )
    _replace(
        project / f"models/{_REFUNDS}.yml",
        "      - name: loaded_at\n",
        "      - name: alias\n        data_type: bigint\n      - name: loaded_at\n",
    )
    changed = Dbt(shop.warehouse.parent, project)
    result = changed.run("run", "--select", "int_refunds__items")
    assert result.exit_code == 1
    assert any("out of sync" in error and "full_refresh" in error for error in result.errors)
    changed.succeed("run", "--full-refresh", "--select", "int_refunds__items")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, path
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
