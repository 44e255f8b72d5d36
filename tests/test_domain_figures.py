"""The four domains' marts against a second computation from the files: every row, every column."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from independent import domains
from independent.compare import assert_same_rows, query
from independent.domains import Rows
from independent.figures import Independent, figures_of


@dataclass(frozen=True)
class Mart:
    """A mart, the columns that tell its rows apart, those that are compared, and by what."""

    name: str
    keys: str
    columns: str
    compute: Callable[[Independent], Rows]

    def check(self, warehouse: Path, expected: Independent) -> None:
        """Every row and column as computed apart."""
        keys, columns = self.keys.split(), self.columns.split()
        rows = query(
            warehouse,
            f"select {', '.join((*keys, *columns))} from marts.{self.name}",  # noqa: S608
        )
        actual = {row[: len(keys)]: row[len(keys) :] for row in rows}
        assert len(actual) == len(rows), f"{self.name}: a key twice"
        assert_same_rows(columns, actual, self.compute(expected))


MARTS: Final = (
    Mart(
        "customer_cohorts",
        "cohort_month month_number",
        "activity_month is_complete cohort_customer_count active_customer_count order_count "
        "net_amount margin_amount cumulative_net_amount cumulative_margin_amount retention_rate "
        "net_amount_per_customer cumulative_net_amount_per_customer "
        "cumulative_margin_amount_per_customer",
        domains.cohorts,
    ),
    Mart(
        "fulfillment_performance",
        "month_start_date category",
        "order_count shipped_order_count delivered_order_count shipped_rate delivered_rate "
        "mean_hours_to_ship median_hours_to_ship p90_hours_to_ship mean_hours_in_transit "
        "median_hours_in_transit p90_hours_in_transit median_hours_to_deliver "
        "p90_hours_to_deliver",
        domains.fulfillment,
    ),
    Mart(
        "product_affinity",
        "product_id other_product_id",
        "pair_order_count order_count other_order_count basket_count support_rate "
        "confidence_rate reverse_confidence_rate lift",
        domains.affinity,
    ),
    Mart(
        "price_changes",
        "product_id change_date",
        "last_old_price_date old_unit_price new_unit_price is_clean days_before days_after "
        "units_before units_after price_change_rate units_per_day_before units_per_day_after "
        "arc_elasticity",
        domains.price_changes,
    ),
    Mart(
        "category_performance",
        "hierarchy_level department category subcategory",
        "product_count sold_product_count order_count customer_count unit_count "
        "returned_quantity gross_amount discount_amount returns_amount net_amount "
        "covered_net_amount margin_amount margin_rate margin_coverage_rate unit_return_rate "
        "value_return_rate revenue_share",
        domains.categories,
    ),
)


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)
def test_every_row(warehouse: Path, shop_dir: Path, mart: Mart) -> None:
    """The default shop, mart by mart."""
    mart.check(warehouse, figures_of(shop_dir))
