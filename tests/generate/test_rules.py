"""Every rule, in the default shop and in extreme shops."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.generate import ShopSpec
from ecommerce_analytics.paths import SEEDS

from .rules import INSTANTS, RULES, contract_rules
from .shops import ZONE, Shop

EVERY_RULE = {**contract_rules(), **RULES}

EDGES = {
    "nobody": ShopSpec(customers=0, orders=0),
    "no orders": ShopSpec(customers=500, orders=0),
    "one order": ShopSpec(customers=1, orders=1),
    "more customers than orders": ShopSpec(customers=3_000, orders=50),
    "one busy customer": ShopSpec(customers=1, orders=2_000),
    "one day": ShopSpec(
        customers=400, orders=900, start=date(2024, 11, 29), end=date(2024, 11, 29)
    ),
    "a day of 23 hours": ShopSpec(60, 300, start=date(2024, 3, 10), end=date(2024, 3, 10)),
    "a day of 25 hours": ShopSpec(60, 300, start=date(2024, 11, 3), end=date(2024, 11, 3)),
    "ten years": ShopSpec(800, 5_000, start=date(2011, 2, 27), end=date(2020, 2, 29)),
    "several chunks": ShopSpec(customers=40_000, orders=70_000, seed=7),
}


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_rule_holds_in_the_default_shop(shop: Shop, rule: str) -> None:
    """The rule holds in every row of the default shop."""
    assert shop.connection.execute(EVERY_RULE[rule]).fetchall()[:3] == []


@pytest.mark.parametrize("edge", EDGES)
def test_rules_hold_at_the_edges(edge: str, tmp_path: Path) -> None:
    """Every rule holds in the smallest, shortest and oddest shops too."""
    shop = Shop.generate(EDGES[edge], tmp_path / "shop")
    broken = [rule for rule, sql in EVERY_RULE.items() if shop.connection.execute(sql).fetchone()]
    assert broken == []
    assert shop.value("select count(*) from orders") == shop.spec.orders
    assert shop.value("select count(*) from customers") == shop.spec.customers
    _assert_instants_within_days(shop)


def test_files_have_exactly_the_contracts_columns(shop: Shop) -> None:
    """Files have exactly the contract's columns, types and nullability."""
    for table in load_contract().tables:
        assert pq.read_schema(shop.folder / f"{table.name}.parquet").equals(table.arrow_schema)


def test_instants_lie_within_the_local_days(shop: Shop) -> None:
    """Instants are within the local days."""
    _assert_instants_within_days(shop)


def _assert_instants_within_days(shop: Shop) -> None:
    for table, columns in INSTANTS.items():
        for column in columns:
            # A product's or campaign's record may be older than the shop's first day.
            early = "false" if table == "products" else f"day < date '{shop.spec.start}'"
            outside = shop.value(
                f"select count(*) from (select cast(local_time({column}) as date) as day, {column} "  # noqa: S608
                f"from {table}) where {early} or day > date '{shop.spec.end}' "
                f"or {column} <> date_trunc('second', {column})"
            )
            assert outside == 0, (table, column, ZONE)


def test_products_stand_in_the_category_tree(shop: Shop) -> None:
    """Every product is in the category tree."""
    unknown = shop.value(
        "select count(*) from products anti join "  # noqa: S608
        f"(select category, subcategory from '{SEEDS / 'product_categories.csv'}') "
        "using (category, subcategory)"
    )
    assert unknown == 0
