"""Shops with missing data: the optional tables, all orders but one, every order.

A mart has the same columns and types for every shop, and all tests pass for a small shop too.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from project import Manifest, check

from conftest import Artifact, Dbt, DbtResult
from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.generate import ShopSpec, generate_shop
from independent.figures import MODELS

_SHOPS: Final = ("without the optional tables", "of one order", "without orders", "without anybody")


@pytest.fixture(scope="module", params=_SHOPS)
def lacking(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, small_shop_dir: Path
) -> tuple[Dbt, DbtResult]:
    """A shop with missing data, built from nothing."""
    directory = tmp_path_factory.mktemp("lacking")
    shop = directory / "shop"
    match request.param:
        case "without the optional tables":
            _without_optional_tables(small_shop_dir, shop)
        case "of one order":
            generate_shop(ShopSpec(customers=1, orders=1), shop)
        case "without orders":
            generate_shop(ShopSpec(customers=20, orders=0), shop)
        case _:
            generate_shop(ShopSpec(customers=0, orders=0), shop)
    dbt = Dbt(directory)
    dbt.load(shop)
    # Unit tests and macro tests have their own rows: the default shop's build runs them.
    return dbt, dbt.run(
        "build", "--exclude-resource-type", "unit_test", "--exclude", "path:tests/macros"
    )


def test_the_build_succeeds_without_a_warning(lacking: tuple[Dbt, DbtResult]) -> None:
    """Models, tests and snapshots succeed without a warning.

    The calendar spans the orders, so a shop with few orders has other days outside it.
    """
    _, result = lacking
    warnings = [
        found["unique_id"].split(".")[2]
        for found in result.artifacts["run_results"]["results"]
        if found["status"] == "warn"
    ]
    outside = [name for name in warnings if not name.endswith("__in_dim_date")]
    check("errors and warnings of dbt build", [*result.errors, *outside])
    result.require_success()


def test_every_mart_keeps_its_columns(
    lacking: tuple[Dbt, DbtResult], dbt: Dbt, built: DbtResult, manifest: Artifact
) -> None:
    """Every mart has the same names, types and order of columns as in a full shop."""
    built.require_success()
    small, _ = lacking
    expected, found = _columns(dbt), _columns(small)
    check(
        "other columns than in a full shop",
        [
            f"{mart.label}: {found.get(mart.relation)}, expected {expected[mart.relation]}"
            for mart in Manifest(manifest).layer("marts")
            if found.get(mart.relation) != expected[mart.relation]
        ],
    )


def test_attribution_adds_up(lacking: tuple[Dbt, DbtResult]) -> None:
    """Every attribution model credits exactly the net sales of the valid orders."""
    dbt, _ = lacking
    ((revenue, orders),) = dbt.query(
        "select coalesce(sum(net_amount), 0), count(*) from marts.fact_orders where is_valid"
    )
    for model in MODELS:
        ((attributed, attributed_orders, credit),) = dbt.query(
            f"select coalesce(sum({model}_revenue), 0), count(distinct order_id), "  # noqa: S608
            f"coalesce(sum({model}_credit), 0) "
            "from marts.attribution_touches"
        )
        assert (attributed, attributed_orders) == (revenue, orders), model
        assert credit == pytest.approx(orders), model


def test_the_first_shop_has_no_optional_tables(small_shop_dir: Path, tmp_path: Path) -> None:
    """The first shop lacks exactly the contract's optional tables, and there are some."""
    _without_optional_tables(small_shop_dir, tmp_path / "shop")
    left = {path.stem for path in (tmp_path / "shop").glob("*.parquet")}
    tables = load_contract().tables
    assert {table.name for table in tables if not table.optional} == left
    assert len(tables) - len(left) == 5


def _without_optional_tables(shop: Path, target: Path) -> None:
    shutil.copytree(shop, target)
    for table in load_contract().tables:
        if table.optional:
            (target / f"{table.name}.parquet").unlink()


def _columns(dbt: Dbt) -> Mapping[tuple[str, str], list[tuple[Any, ...]]]:
    columns: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for schema, table, *column in dbt.query(
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        "order by table_schema, table_name, ordinal_position"
    ):
        columns.setdefault((schema, table), []).append(tuple(column))
    return columns
