"""A failed model leaves the existing table unchanged for readers."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from conftest import NO_TESTS, Dbt

_PRODUCTS: Final = "select * from marts.dim_products order by product_id"


@pytest.fixture(scope="module")
def kept(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """A small shop's products and orders, built; read only."""
    dbt = Dbt(tmp_path_factory.mktemp("replacement"))
    dbt.load(small_shop_dir)
    dbt.succeed("build", *NO_TESTS, "--select", "+dim_products", "+fact_orders")
    return dbt


@pytest.fixture
def shop(kept: Dbt, tmp_path: Path) -> Dbt:
    """A copy of it."""
    shutil.copy(kept.warehouse, tmp_path)
    return Dbt(tmp_path)


def test_a_table_that_breaks_its_contract_leaves_the_old_one(shop: Dbt) -> None:
    """After a contract breach readers keep the rows of the last successful build."""
    before = shop.query(_PRODUCTS)
    shop.execute(
        "alter table raw_data.products alter product_name drop not null",
        "update raw_data.products set product_name = null",
    )
    result = shop.run("run", "--select", "dim_products")
    assert result.exit_code == 1
    assert any("NOT NULL constraint failed" in error for error in result.errors), result.errors
    assert shop.query(_PRODUCTS) == before


def test_a_key_that_is_there_twice_leaves_the_old_table(shop: Dbt) -> None:
    """A duplicate key is a contract breach too."""
    before = shop.query(_PRODUCTS)
    shop.execute(
        "create table raw_data.twice as from raw_data.products union all "
        "(from raw_data.products limit 1)",
        "drop table raw_data.products",
        "alter table raw_data.twice rename to products",
    )
    result = shop.run("run", "--select", "dim_products")
    assert result.exit_code == 1
    assert any("duplicate" in error for error in result.errors), result.errors
    assert shop.query(_PRODUCTS) == before


def test_an_increment_that_breaks_its_contract_leaves_the_old_rows(shop: Dbt) -> None:
    """A failed incremental run restores the rows that it had deleted."""
    orders = "select * from marts.fact_orders order by order_id"
    before = shop.query(orders)
    shop.execute(
        "alter table raw_data.orders alter currency drop not null",
        "update raw_data.orders set currency = null, loaded_at = loaded_at + interval 1 day "
        "where order_id = (select min(order_id) from raw_data.orders)",
    )
    result = shop.run("run", "--select", "int_orders__changes", "fact_orders")
    assert result.exit_code == 1
    assert any("NOT NULL constraint failed" in error for error in result.errors), result.errors
    assert shop.query(orders) == before
