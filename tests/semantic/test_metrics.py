"""Every metric, queried through MetricFlow, equals the mart's number at several grains."""

import copy
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from conftest import Artifact
from semantic.checks import CHECKS, MONTH, TOTAL, Check
from semantic.compiler import Compiler
from semantic.numbers import Numbers, group_of, is_same, numbers

Query = Callable[[str], list[tuple[Any, ...]]]

_TYPES: Final = frozenset({"simple", "ratio", "derived", "cumulative", "conversion"})


def _differences(check: Check, found: Numbers, expected: Numbers) -> list[str]:
    nothing = None if check.is_ratio else 0
    groups = expected.keys() if check.is_partial else expected.keys() | found.keys()
    return [
        f"{group or 'total'}: {found.get(group, nothing)} for {expected.get(group, nothing)}"
        for group in sorted(groups)
        if not is_same(found.get(group, nothing), expected.get(group, nothing))
    ]


def _breaches(name: str, grain: str, compiler: Compiler, query: Query) -> list[str]:
    check = CHECKS[name]
    sql = compiler.sql(name, *([grain] if grain else []))
    expected = numbers(query(check.grains[grain]))
    assert any(value is not None for value in expected.values()), "the mart has no number"
    return _differences(check, numbers(query(sql)), expected)


_CASES: Final = [(name, grain) for name, check in CHECKS.items() for grain in check.grains]


@pytest.mark.parametrize(("name", "grain"), _CASES, ids=[f"{n}-{g or 'total'}" for n, g in _CASES])
def test_the_metric_is_the_marts_number(
    name: str, grain: str, compiler: Compiler, query: Query
) -> None:
    """Money and counts are equal exactly, ratios to 12 digits."""
    assert _breaches(name, grain, compiler, query) == []


def test_every_metric_is_checked(semantic_manifest: Artifact) -> None:
    """Every metric is checked by month and at another grain, and in total if it has one."""
    names = {metric["name"] for metric in semantic_manifest["metrics"]}
    assert names == CHECKS.keys()
    few = [name for name, check in CHECKS.items() if {MONTH} >= check.grains.keys()]
    assert few == []
    untotalled = {name for name, check in CHECKS.items() if TOTAL not in check.grains}
    # Comparisons with an earlier time need a time dimension.
    assert untotalled == {
        "net_sales_mom_growth",
        "net_sales_yoy_growth",
        "net_sales_year_to_date",
        "net_sales_28d",
    }


def test_there_is_a_metric_of_each_type(semantic_manifest: Artifact) -> None:
    """There is a metric of each of MetricFlow's five types."""
    assert {metric["type"] for metric in semantic_manifest["metrics"]} == _TYPES


def _without_filter(manifest: Artifact, name: str) -> Artifact:
    """The manifest with the filter of one metric removed."""
    changed: dict[str, Any] = copy.deepcopy(dict(manifest))
    [metric] = [metric for metric in changed["metrics"] if metric["name"] == name]
    metric["filter"] = None
    for measure in (metric["type_params"]["measure"], *metric["type_params"]["input_measures"]):
        measure["filter"] = None
    return changed


def test_a_forgotten_filter_is_found(semantic_manifest: Artifact, query: Query) -> None:
    """A missing filter is detected, because the shop has rows for each filter to exclude."""
    filtered = [m["name"] for m in semantic_manifest["metrics"] if m["filter"]]
    assert len(filtered) > 20
    # Persons without orders have spent nothing, and cancelled orders have no refunds.
    filtered = [name for name in filtered if name not in {"lifetime_value", "units_sent_back"}]
    unnoticed = [
        name
        for name in filtered
        if not _breaches(name, TOTAL, Compiler(_without_filter(semantic_manifest, name)), query)
    ]
    assert unnoticed == []


def test_a_cent_is_found() -> None:
    """A difference of a cent, a missing group and null instead of 0 are detected."""
    money, ratio = Check({}), Check({}, is_ratio=True)
    assert _differences(money, {"a": Decimal("1.00")}, {"a": Decimal("1.01")})
    assert _differences(money, {"a": Decimal(1)}, {"a": Decimal(1), "b": Decimal(1)})
    assert _differences(money, {"a": Decimal(1), "b": Decimal(1)}, {"a": Decimal(1)})
    assert _differences(money, {"a": None}, {"a": Decimal(0)})
    assert _differences(ratio, {"a": 0.0}, {})
    assert _differences(ratio, {"a": 1.0}, {"a": 1.0 + 1e-11})
    assert not _differences(ratio, {"a": 1.0}, {"a": 1.0 + 1e-13})
    assert not _differences(money, {}, {"a": Decimal(0)})


def _table(rows: list[tuple[Any, ...]]) -> Mapping[str, tuple[Any, ...]]:
    """The numbers of each row by its groups, which are the dates and texts before them."""
    groups = sum(isinstance(value, str | date) for value in rows[0])
    return {group_of(row[:groups]): row[groups:] for row in rows}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "sales_by_month",
            "select month_start_date, gross_amount, discount_amount, returns_amount, net_amount, "
            "order_count, customer_count, average_order_value from marts.orders_monthly",
        ),
        (
            "product_quality_by_category",
            "select category, sum(gross_amount), sum(unit_count), sum(margin_amount), "
            "sum(margin_amount) / cast(nullif(sum(covered), 0) as double), "
            "sum(returned_quantity) / cast(nullif(sum(unit_count), 0) as double), "
            "sum(returns_amount) / cast(nullif(sum(gross_amount - discount_amount), 0) as double) "
            "from marts.product_performance left join (select product_key, sum(net_amount) as "
            "covered from marts.fact_order_items where is_valid and margin_amount is not null "
            "group by 1) as lines using (product_key) where unit_count > 0 group by 1",
        ),
        (
            "paid_channels_by_month",
            "select month_start_date, channel, sum(months.spend), sum(attributed_revenue), "
            "sum(attributed_revenue) / cast(nullif(sum(months.spend), 0) as double), "
            "sum(months.spend) / cast(sum(new_customers) as double) "
            "from marts.marketing_attribution_monthly as months "
            "left join (select campaign_key, date_trunc('month', order_date) as month_start_date, "
            "count(*) as new_customers from marts.attribution_touches "
            "where last_non_direct_credit > 0 and is_first_order group by all) "
            "as firsts using (campaign_key, month_start_date) "
            "inner join marts.dim_campaigns using (campaign_key) "
            "where is_paid and attribution_model = 'last_non_direct' group by 1, 2",
        ),
    ],
)
def test_a_saved_query_is_the_marts_table(
    name: str, expected: str, compiler: Compiler, query: Query
) -> None:
    """A saved query equals the mart's table, row by row and column by column."""
    found, wanted = (_table(query(sql)) for sql in (compiler.saved_query(name), expected))
    assert found.keys() == wanted.keys()
    assert found
    for group, values in found.items():
        pairs = list(zip(values, wanted[group], strict=True))
        assert all(is_same(*pair) for pair in pairs), f"{group}: {pairs}"


def test_every_saved_query_is_checked(semantic_manifest: Artifact) -> None:
    """Every saved query is checked above, by name."""
    [mark] = test_a_saved_query_is_the_marts_table.pytestmark  # type: ignore[attr-defined]
    names = {query["name"] for query in semantic_manifest["saved_queries"]}
    assert names == {name for name, _ in mark.args[1]}
