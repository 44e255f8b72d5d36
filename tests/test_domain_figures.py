"""The four domains' marts against a second computation from the files: every row, every column."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from conftest import Artifact
from independent import domains
from independent.compare import assert_same_rows, query
from independent.domains import Rows
from independent.figures import Independent, figures_of
from test_figures import COMPARED

# A campaign's key as files have it: a campaign, else a channel or `(none)`.
MEMBER: Final = (
    "join (select campaign_key as {0}, coalesce(cast(campaign_id as varchar), channel) as {1} "
    "from marts.dim_campaigns) using ({0})"
)


@dataclass(frozen=True)
class Mart:
    """A mart, its key columns, the compared columns, and the second computation.

    `joins` adds columns that the mart itself does not have.
    """

    name: str
    keys: str
    columns: str
    compute: Callable[[Independent], Rows]
    joins: str = ""

    def check(self, warehouse: Path, expected: Independent, *, may_be_empty: bool = False) -> None:
        """Compare every row and column with the second computation."""
        keys, columns = self.keys.split(), self.columns.split()
        rows = query(
            warehouse,
            f"select {', '.join((*keys, *columns))} from marts.{self.name} {self.joins}",  # noqa: S608
        )
        actual = {row[: len(keys)]: row[len(keys) :] for row in rows}
        assert len(actual) == len(rows), f"{self.name}: a key twice"
        assert_same_rows(columns, actual, self.compute(expected), may_be_empty=may_be_empty)


MARTS: Final = (
    Mart(
        "customer_cohorts",
        "cohort_month month_number",
        "activity_month is_complete cohort_customer_count active_customer_count order_count "
        "net_amount margin_amount cumulative_net_amount cumulative_margin_amount retention_rate "
        "net_amount_per_customer cumulative_net_amount_per_customer "
        "cumulative_margin_amount_per_customer cumulative_margin_coverage_rate",
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
    Mart("product_performance", "product_id", "category_group", domains.grouped),
    Mart(
        "product_sales_monthly",
        "product_id month_start_date",
        "order_count unit_count returned_quantity gross_amount discount_amount returns_amount "
        "net_amount covered_net_amount margin_amount",
        domains.product_months,
        "join marts.dim_products using (product_key)",
    ),
    Mart(
        "category_sales_monthly",
        "category_group month_start_date",
        "order_count new_customer_count unit_count gross_amount discount_amount returns_amount "
        "net_amount",
        domains.category_months,
    ),
    Mart(
        "category_customers_monthly",
        "category_group month_start_date previous_month_start_date",
        "customer_count",
        domains.category_customers,
    ),
    Mart(
        "attribution_paths_monthly",
        "month_start_date first_channel last_channel touch_count",
        "order_count",
        domains.paths,
    ),
    Mart(
        "orders_daily",
        "date_day",
        "average_total_order_value units_per_order net_amount_per_customer net_amount_mom_growth "
        "seasonality_index net_amount_z_score is_anomaly",
        domains.days,
    ),
    Mart(
        "orders_weekly",
        "week_start_date",
        "average_total_order_value units_per_order net_amount_per_customer net_amount_4w_average "
        "net_amount_13w_average net_amount_year_to_date seasonality_index net_amount_z_score "
        "is_anomaly",
        domains.weeks,
    ),
    Mart(
        "orders_monthly",
        "month_start_date",
        "average_total_order_value units_per_order net_amount_per_customer net_amount_3m_average "
        "net_amount_12m_average seasonality_index net_amount_z_score is_anomaly",
        domains.months,
    ),
    Mart(
        "sales_forecast",
        "period period_start_date",
        "base_start_date is_future forecast_net_amount actual_net_amount error_amount "
        "backtest_period_count backtest_error_rate backtest_bias_rate",
        domains.forecast,
    ),
    Mart(
        "product_performance",
        "product_id",
        "previous_unit_count yearly_unit_count repeat_customer_count price_realisation_rate "
        "unit_trend repeat_buyer_rate on_hand days_of_cover sell_through_rate average_on_hand "
        "inventory_turnover",
        domains.stock,
    ),
    Mart(
        "customer_analytics",
        "first_order_id",
        "acquisition_member preferred_category margin_amount margin_coverage_rate",
        domains.persons,
        "join intermediate.int_customers__orders_agg using (person_id) "
        + MEMBER.format("acquisition_campaign_key", "acquisition_member"),
    ),
    Mart(
        "campaign_acquisition",
        "member",
        "order_count new_customer_count spend first_order_net_amount acquired_net_amount "
        "acquired_margin_amount margin_coverage_rate new_customer_roas customer_acquisition_cost "
        "lifetime_value_per_customer lifetime_margin_per_customer ltv_to_cac payback_month "
        "median_path_length median_conversion_lag_days p90_conversion_lag_days",
        domains.acquisition,
        MEMBER.format("campaign_key", "member"),
    ),
)


# Not computed a second time: keys (campaigns are compared by name) and copied attributes of
# dimensions. The predictions are compared in test_clv.py.
NOT_COMPARED: Final = {
    "customer_analytics": "customer_key customer_type country state acquisition_channel "
    "acquisition_campaign_key is_test probability_alive expected_order_count_365d "
    "expected_net_amount_365d predicted_as_of_date",
    "product_performance": "product_key product_name department category subcategory is_active",
    "product_affinity": "product_key other_product_key",
    "price_changes": "product_key",
    "marketing_attribution": "campaign_key campaign_name is_paid budget",
    "marketing_attribution_monthly": "marketing_attribution_monthly_key",
    "product_sales_monthly": "product_key",
    "campaign_acquisition": "campaign_key campaign_id campaign_name channel",
    # Empty in this shop; tests/test_irregular_rows.py compares them on a shop with all kinds.
    "data_quality_issues": "issue_key source_table source_key rule found treatment description "
    "amount loaded_at",
}


def test_every_column_is_compared(manifest: Artifact) -> None:
    """A new mart, or a new column of one, needs a second computation."""
    compared: dict[str, set[str]] = defaultdict(set)
    for name, columns in COMPARED.items():
        compared[name].update(columns)
    for mart in MARTS:
        compared[mart.name].update((*mart.keys.split(), *mart.columns.split()))
    marts = {
        node["name"]: set(node["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["fqn"][1:3] == ["marts", "analytics"]
        and node["version"] in (None, node["latest_version"])
    }
    missing = {
        name: columns - compared[name] - set(NOT_COMPARED.get(name, "").split())
        for name, columns in marts.items()
    }
    assert len(marts) >= 15
    assert {name: columns for name, columns in missing.items() if columns} == {}


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)
def test_every_row(warehouse: Path, shop_dir: Path, mart: Mart) -> None:
    """Every mart of the default shop matches its second computation."""
    mart.check(warehouse, figures_of(shop_dir))
