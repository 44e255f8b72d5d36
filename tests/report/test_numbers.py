"""Each number on a page is a mart's number or a sum; files have no personal data."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
import yaml

from conftest import TinyShop
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import SOURCES_YAML
from ecommerce_analytics.report import write_report
from ecommerce_analytics.report.model import ALL, Page, Panel, as_json
from ecommerce_analytics.report.periods import Month, month_after, periods_of
from ecommerce_analytics.report.reader import Reader
from ecommerce_analytics.report.write import PAGES, read_pages, write_files
from independent.compare import query, same
from independent.figures import Independent, figures_of, month_of
from irregular import Issue, issues_of, write_issues

_MOST_BYTES: Final = 5_000_000

Row = dict[str, Any]
# Each panel that shows a mart's own rows, with the query for the same rows.
_PLAIN: Final = {
    ("overview", "days"): (
        "select date_day, net_amount, net_amount_28d_average, order_count, is_anomaly, "
        "net_amount_z_score from marts.orders_daily"
    ),
    ("overview", "forecast"): (
        "select period_start_date, actual_net_amount, forecast_net_amount, error_amount "
        "from marts.sales_forecast where period = 'month'"
    ),
    ("operations", "weeks"): (
        "select week_start_date, is_complete, order_count, customer_count, net_amount, "
        "net_amount_wow_growth, net_amount_yoy_growth, average_order_value from marts.orders_weekly"
    ),
    ("products", "curve"): (
        "select rank() over (order by net_amount desc, product_id), product_name, category, "
        "abc_class, cumulative_revenue_share, net_amount from marts.product_performance "
        "where net_amount > 0"
    ),
    ("customers", "retention"): (
        "select cast(year(cohort_month) as text), cohort_month, month_number, "
        "cohort_customer_count, active_customer_count, retention_rate, net_amount_per_customer "
        "from marts.customer_cohorts where is_complete and month_number > 0"
    ),
    ("marketing", "acquisition"): (
        "select campaign_name, channel, spend, new_customer_count, customer_acquisition_cost, "
        "new_customer_roas, lifetime_margin_per_customer, ltv_to_cac, payback_month, "
        "median_path_length, median_conversion_lag_days from marts.campaign_acquisition "
        "where new_customer_count > 0 or spend > 0"
    ),
    ("operations", "fulfillment"): (
        "select replace(category, '(all)', 'all'), month_start_date, order_count, shipped_rate, "
        "delivered_rate, median_hours_to_ship, p90_hours_to_ship, median_hours_to_deliver, "
        "p90_hours_to_deliver from marts.fulfillment_performance"
    ),
}


def panel_of(page: Page, key: str) -> Panel:
    """A panel of a page."""
    return next(panel for panel in page.panels if panel.key == key)


def rows_of(page: Page, key: str, **wanted: object) -> list[Row]:
    """A panel's rows by column, filtered by values."""
    panel = panel_of(page, key)
    names = [column.key for column in panel.columns]
    rows = [dict(zip(names, row, strict=True)) for row in panel.rows]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


@pytest.mark.parametrize(("page", "panel"), _PLAIN)
def test_rows_are_the_marts_own(
    page: str, panel: str, pages: dict[str, Page], warehouse: Path
) -> None:
    """The rows equal the mart's, in any order."""
    shown = {tuple(row) for row in panel_of(pages[page], panel).rows}
    assert shown == set(query(warehouse, _PLAIN[page, panel]))
    assert len(shown) > 1


def test_the_shop_s_months_are_orders_monthly(pages: dict[str, Page], warehouse: Path) -> None:
    """Sums, distinct customers and the average order equal orders_monthly."""
    found = query(
        warehouse,
        "select month_start_date, net_amount, order_count, customer_count, average_order_value, "
        "new_customer_count, gross_amount, discount_amount, returns_amount "
        "from marts.orders_monthly order by 1",
    )
    keys = [
        *("month", "net", "orders", "customers", "average_order_value", "new_customers"),
        *("gross", "discounts", "returns"),
    ]
    shown = [
        tuple(row[key] for key in keys)
        for row in rows_of(pages["overview"], "months", category=ALL)
    ]
    assert len(shown) == len(found)
    for ours, theirs in zip(shown, found, strict=True):
        assert all(map(same, ours, theirs)), (ours, theirs)


def test_the_months_equal_a_second_computation(pages: dict[str, Page], shop_dir: Path) -> None:
    """The months equal the independent figures from the files."""
    expected: Independent = figures_of(shop_dir)
    months = expected.sales_by(month_of)
    shown = {
        row["month"]: (row["net"] * 100, row["orders"], row["customers"], row["new_customers"])
        for row in rows_of(pages["overview"], "months", category=ALL)
    }
    assert shown == {
        month: (sold.net, sold.orders, len(sold.persons), sold.new)
        for month, sold in months.items()
    }


def test_categories_add_up_to_the_shop(pages: dict[str, Page]) -> None:
    """Categories' gross, discounts, returns and net add up to each month, to the cent."""
    parts: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    whole = {}
    legs = ("gross", "discounts", "returns", "net")
    for row in rows_of(pages["overview"], "months"):
        for leg in legs:
            if row["category"] == ALL:
                whole[row["month"], leg] = row[leg]
            else:
                parts[row["month"], leg] += row[leg]
    assert parts == whole


def test_a_period_is_the_sum_of_its_months(pages: dict[str, Page]) -> None:
    """Each period and category is the sum of its months, and the bridge adds up to the total."""
    page = pages["overview"]
    options = {option.key: option for option in page.filters[0].options}
    assert len(options) > 5
    for figures in rows_of(page, "figures"):
        option = options[figures["period"]]
        months = [
            row
            for row in rows_of(page, "months", category=figures["category"])
            if option.first_day <= row["month"] < option.after_day
        ]
        assert figures["net"] == sum(row["net"] for row in months)
        assert figures["orders"] == sum(row["orders"] for row in months)
        steps = rows_of(
            pages["operations"], "bridge", period=option.key, category=figures["category"]
        )
        at = Decimal(0)
        for step in steps:
            at = at if step["sum"] else at + step["amount"]
            if step["sum"]:
                at = at or step["amount"]
                assert step["amount"] == at, (option.key, step)


def test_customers_of_a_period_are_counted_anew(pages: dict[str, Page], warehouse: Path) -> None:
    """A period's customers are distinct persons, not the sum of the months'."""
    page = pages["overview"]
    for option in page.filters[0].options:
        [(persons,)] = query(
            warehouse,
            "select count(distinct person_id) from marts.fact_orders where is_valid "  # noqa: S608
            f"and order_date >= '{option.first_day}' and order_date < '{option.after_day}'",
        )
        [shown] = rows_of(page, "figures", period=option.key, category=ALL)
        assert shown["customers"] == persons
    [(persons,)] = query(
        warehouse,
        "select count(distinct person_id) from marts.fact_order_items "
        "join marts.dim_products using (product_id) where is_valid and category = 'Audio' "
        "and order_date >= '2025-01-01'",
    )
    [shown] = rows_of(page, "figures", period="y2025", category="Audio")
    assert shown["customers"] == persons


def test_changes_compare_with_the_period_before(pages: dict[str, Page]) -> None:
    """The last month is compared with the previous one and the one a year before."""
    page = pages["overview"]
    net = {row["month"]: row["net"] for row in rows_of(page, "months", category=ALL)}
    last = max(net)
    [shown] = rows_of(page, "figures", period="last1", category=ALL)
    assert shown["net"] == net[last]
    assert same(shown["net_before"], float(net[last]) / float(net[month_after(last, -1)]) - 1)
    assert same(shown["net_year"], float(net[last]) / float(net[month_after(last, -12)]) - 1)


def test_customers_are_customer_analytics(pages: dict[str, Page], warehouse: Path) -> None:
    """Statuses, scores and segments equal customer_analytics; channels and years add up to all."""
    page = pages["customers"]
    everyone = query(
        warehouse,
        "select lifecycle_status, count(*), sum(net_amount) from marts.customer_analytics "
        "where order_count > 0 or not is_test group by 1",
    )
    for status, persons, net in everyone:
        [shown] = rows_of(page, "status", cohort=ALL, channel=ALL, status=status)
        assert (shown["persons"], shown["net"]) == (persons, net)
    scores = query(
        warehouse,
        "select cast(recency_score as text), cast(frequency_score as text), count(*) "
        "from marts.customer_analytics where order_count > 0 "
        "and acquisition_channel = 'search' and year(first_order_date) = 2024 group by 1, 2",
    )
    shown_scores = {
        (row["recency"], row["frequency"], row["persons"])
        for row in rows_of(page, "rfm", cohort="2024", channel="search")
        if row["persons"]
    }
    assert shown_scores == set(scores)
    for row in rows_of(page, "figures", channel=ALL):
        parts = [
            part["persons"]
            for part in rows_of(page, "figures", cohort=row["cohort"])
            if part["channel"] != ALL
        ]
        assert sum(parts) == row["persons"]


def test_expected_sales_are_those_of_the_fit(warehouse: Path, tmp_path: Path) -> None:
    """Expected sales are summed by segment; without predictions they are unknown, not zero."""
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update marts.customer_analytics set expected_net_amount_365d = "
            "case when rfm_segment = 'New' then null else order_count * 1.25 end"
        )
    page = next(page for page in read_pages(DuckDBEngine(copy)) if page.key == "customers")
    found = query(
        copy,
        "select rfm_segment, sum(expected_net_amount_365d) from marts.customer_analytics "
        "where order_count > 0 group by 1",
    )
    shown = {
        row["segment"]: row["expected"]
        for row in rows_of(page, "segments", cohort=ALL)
        if row["channel"] == ALL
    }
    assert shown == dict(found)
    assert shown["New"] is None
    assert shown["Champions"] is not None
    predicted = {
        row["segment"]: row["expected"]
        for row in rows_of(page, "predicted", cohort=ALL)
        if row["channel"] == ALL
    }
    assert predicted == {name: value for name, value in shown.items() if value is not None}


def test_without_a_fit_nothing_is_predicted(pages: dict[str, Page]) -> None:
    """Without a fit there is no panel or empty column; the segments say how to get predictions."""
    customers = pages["customers"]
    assert "predicted" not in {panel.key for panel in customers.panels}
    segments = panel_of(customers, "segments")
    assert [column.key for column in segments.columns if column.key == "expected"] == []
    assert "ecom fit-clv" in segments.note


def test_cohort_values_are_sums_of_cohorts(pages: dict[str, Page], warehouse: Path) -> None:
    """A year's value is its cohorts' net sales divided by their customers."""
    [(net, customers)] = query(
        warehouse,
        "select sum(cumulative_net_amount), sum(cohort_customer_count) from marts.customer_cohorts "
        "where year(cohort_month) = 2024 and month_number = 6",
    )
    [shown] = rows_of(pages["customers"], "value", cohort="2024", number=6)
    assert (shown["customers"], shown["net"]) == (customers, float(net) / float(customers))


def test_products_of_all_time_are_product_performance(
    pages: dict[str, Page], warehouse: Path
) -> None:
    """Each product's amounts and rates, and the categories' sums, equal product_performance."""
    page = pages["products"]
    found = query(
        warehouse,
        "select product_name, net_amount, unit_count, order_count, margin_rate, "
        "unit_return_rate, value_return_rate, unit_trend from marts.product_performance "
        "where unit_count > 0 order by net_amount desc, product_id limit 250",
    )
    rates = ["margin_rate", "unit_return_rate", "value_return_rate"]
    keys = ["name", "net", "units", "orders", *rates, "trend"]
    shown = [tuple(row[key] for key in keys) for row in rows_of(page, "products", period=ALL)]
    assert len(shown) == len(found) == 250
    for ours, theirs in zip(shown, found, strict=True):
        assert all(map(same, ours, theirs)), (ours, theirs)
    categories = query(
        warehouse,
        "select category, net_amount, unit_count, margin_rate, unit_return_rate, value_return_rate "
        "from marts.category_performance where hierarchy_level = 'category'",
    )
    for category, *figures in categories:
        [card] = rows_of(page, "figures", period=ALL, category=category)
        shown_figures = [card[key] for key in ("net", "units", *rates)]
        assert all(map(same, shown_figures, figures)), category


def test_marketing_is_marketing_attribution(pages: dict[str, Page], warehouse: Path) -> None:
    """Campaigns equal marketing_attribution; each model's channels have the same total."""
    page = pages["marketing"]
    models = [c.key for c in panel_of(page, "models").columns if c.kind == "money"]
    assert len(models) == 8
    found = query(
        warehouse,
        f"select campaign_name, channel, spend, new_customer_count, "  # noqa: S608
        f"{', '.join(f'{model}_revenue' for model in models)}, last_non_direct_roas, "
        "customer_acquisition_cost, click_through_rate from marts.marketing_attribution",
    )
    keys = ("name", "channel", "spend", "new_customers", *models, "roas", "cac", "ctr")
    shown = {
        tuple(row[key] for key in keys[:4]): [row[key] for key in keys[4:]]
        for row in rows_of(page, "campaigns", period=ALL)
    }
    theirs = {row[:4]: row[4:] for row in found if row[2] or any(row[4 : 4 + len(models)])}
    assert shown.keys() == theirs.keys()
    for key, values in shown.items():
        assert all(map(same, values, theirs[key])), key
    for option in page.filters[0].options:
        sums = {
            sum(row[model] for row in rows_of(page, "models", period=option.key))
            for model in models
        }
        assert len(sums) == 1, option.key


def test_journeys_are_all_orders(pages: dict[str, Page], warehouse: Path) -> None:
    """Each valid order has one path length; those with touches have a first and a last channel."""
    page = pages["marketing"]
    [(orders,)] = query(warehouse, "select count(*) from marts.fact_orders where is_valid")
    lengths = rows_of(page, "lengths", period=ALL)
    assert sum(row["orders"] for row in lengths) == orders
    touched = sum(row["orders"] for row in lengths if row["touches"] != "none")
    assert sum(row["orders"] for row in rows_of(page, "journeys", period=ALL)) == touched


def test_totals_agree(pages: dict[str, Page]) -> None:
    """The page's claim that totals agree is true."""
    rows = rows_of(pages["quality"], "totals")
    assert len({row["net"] for row in rows}) == 1
    assert {row["verdict"] for row in rows} == {"agrees"}


def test_a_total_that_differs_is_shown(warehouse: Path, tmp_path: Path) -> None:
    """A difference of a cent in one mart is shown on the page."""
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update marts.orders_weekly set net_amount = net_amount + 0.01 "
            "where week_start_date = (select max(week_start_date) from marts.orders_weekly)"
        )
    quality = next(page for page in read_pages(DuckDBEngine(copy)) if page.key == "quality")
    [wrong] = rows_of(quality, "totals", verdict="differs")
    assert (wrong["mart"], wrong["difference"]) == ("orders_weekly", Decimal("0.01"))


def test_the_last_build_is_told(pages: dict[str, Page], warehouse: Path) -> None:
    """The page has the counts of tests from dbt's run record."""
    [card] = rows_of(pages["quality"], "figures")
    [(tests, unit_tests)] = query(
        warehouse,
        "select count(*) filter (where resource_type = 'test'), "
        "count(*) filter (where resource_type = 'unit_test') from audit.run_results",
    )
    assert (card["tests"], card["unit_tests"], card["problems"]) == (tests, unit_tests, 0)
    assert rows_of(pages["quality"], "problems") == []
    assert [row["state"] for row in rows_of(pages["quality"], "runs")] == ["passed"]


def test_the_sources_issues_are_listed(
    tiny_shops: Callable[[int], TinyShop], tmp_path: Path
) -> None:
    """Issues are listed by rule with amounts, and by row: urgent ones first, then by amount."""
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(tiny_shops(1).warehouse.read_bytes())
    write_issues(
        copy,
        [
            Issue("line_of_no_units", "9", Decimal("500.00"), "order_items"),
            Issue("order_shipped_before_ordered", "1", Decimal("-30.00")),
            Issue("order_shipped_before_ordered", "2", Decimal("12.50")),
            Issue("line_without_order", "7", None, "order_items", "held_back"),
        ],
    )
    page = quality_of(copy)
    listed = [
        (row["severity"], row["rule"], row["table"], row["rows"], row["amount"], row["treatment"])
        for row in rows_of(page, "rules")
    ]
    ship, wait = "Ship before they are ordered", "Wait for their order"
    assert listed == [
        ("Look", ship, "orders", 2, Decimal("-17.50"), "Kept"),
        ("Look", wait, "order_items", 1, None, "Held back"),
        ("Note", "Have no units", "order_items", 1, Decimal("500.00"), "Kept"),
    ]
    assert {row["description"] for row in rows_of(page, "rules", rule=ship)} == {
        "What is done about order_shipped_before_ordered."
    }
    issues = rows_of(page, "issues")
    assert [row["key"] for row in issues] == ["1", "2", "7", "9"]
    assert issues[0]["found"] == "as found"
    assert panel_of(page, "issues").note.endswith("All are in the mart data_quality_issues.")
    assert as_json(page)


def test_many_issues_are_cut(tiny_shops: Callable[[int], TinyShop], tmp_path: Path) -> None:
    """A long list is cut, with the number of other issues."""
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(tiny_shops(1).warehouse.read_bytes())
    write_issues(copy, issues_of("line_without_order", 1234))
    page = quality_of(copy)
    assert len(rows_of(page, "issues")) == 200
    assert "1,034 more are in the mart data_quality_issues." in panel_of(page, "issues").note
    write_issues(copy, [])
    page = quality_of(copy)
    assert rows_of(page, "rules") == rows_of(page, "issues") == []
    assert "no irregular rows" in panel_of(page, "rules").options["nothing"]


def test_a_warehouse_from_before_the_mart(
    tiny_shops: Callable[[int], TinyShop], tmp_path: Path
) -> None:
    """A warehouse without the issues mart has a page without the list."""
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(tiny_shops(1).warehouse.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("drop table if exists marts.data_quality_issues")
    assert not {"rules", "issues"} & {panel.key for panel in quality_of(copy).panels}


def quality_of(warehouse: Path) -> Page:
    """The page of data quality alone."""
    return PAGES["quality"][1](Reader(DuckDBEngine(warehouse)))


def test_money_travels_as_whole_cents(pages: dict[str, Page]) -> None:
    """Money has whole cents in the page's data, without rounding."""
    made = as_json(pages["overview"])
    [months] = [panel for panel in made["panels"] if panel["key"] == "months"]
    place = [column["key"] for column in months["columns"]].index("net")
    ours = [int(row["net"] * 100) for row in rows_of(pages["overview"], "months")]
    assert [row[place] for row in months["rows"]] == ours


def test_no_personal_data_in_a_file(site: Path, warehouse: Path) -> None:
    """No file has a value of a column tagged pii, or a person's hash."""
    tagged = [
        (table["name"], column["name"])
        for source in yaml.safe_load(SOURCES_YAML.read_text(encoding="utf-8"))["sources"]
        for table in source["tables"]
        for column in table["columns"]
        if "pii" in column.get("config", {}).get("tags", [])
    ]
    assert len(tagged) >= 3
    texts = {path.name: path.read_text(encoding="utf-8") for path in site.iterdir()}
    assert set(texts) >= {f"{page}.html" for page in PAGES}
    words = {name: set(re.findall(r'"([^"\\]+)"', text)) for name, text in texts.items()}
    for table, column in tagged:
        values = {
            value
            for (value,) in query(
                warehouse,
                f"select distinct {column} from raw_data.{table} where {column} is not null",  # noqa: S608
            )
        }
        assert values
        for name in texts:
            assert not words[name] & values, (name, column)
    for name, text in texts.items():
        assert not re.search(r"[\w.]@\w+\.\w", text), name
        assert not re.search(r"\b[0-9a-f]{32}\b", text), name


def test_files_stay_small_and_the_same(site: Path, warehouse: Path, tmp_path: Path) -> None:
    """Files are under 5 MB each, and the same warehouse gives the same bytes."""
    again = write_report(DuckDBEngine(warehouse), tmp_path)
    assert {path.name for path in again.files} == {path.name for path in site.iterdir()}
    for path, size in again.files.items():
        assert size < _MOST_BYTES
        assert path.read_bytes() == (site / path.name).read_bytes(), path.name


def test_hardly_a_shop_has_every_page(tiny_shop: TinyShop, tmp_path: Path) -> None:
    """Shops without an order and with one have every page; unknown values stay empty."""
    pages = {page.key: page for page in read_pages(DuckDBEngine(tiny_shop.warehouse))}
    assert set(pages) == set(PAGES)
    [card] = rows_of(pages["overview"], "figures", period=ALL, category=ALL)
    assert card["orders"] == tiny_shop.orders
    assert (card["net"] == 0) == (card["average_order_value"] is None) == (not tiny_shop.orders)
    report = write_report(DuckDBEngine(tiny_shop.warehouse), tmp_path)
    assert len(report.files) >= len(PAGES)


def test_periods_of_a_short_history() -> None:
    """Only periods shorter than the history are offered; missing comparisons are empty."""
    assert [period.key for period in periods_of([])] == [ALL]
    months = [Month(month_after(date(2024, 11, 1), i), is_complete=i > 0) for i in range(4)]
    periods = {period.key: period for period in periods_of(months)}
    assert list(periods) == [ALL, "last1", "y2025", "y2024"]
    assert periods["last1"].months == (date(2025, 2, 1),)
    assert periods["last1"].before == (date(2025, 1, 1),)
    assert periods["last1"].year_before == ()
    assert periods["y2025"].label == "2025 (Jan to Feb)"
    # November 2024 is not complete, so nothing may be compared with it.
    assert periods["y2025"].before == ()


def test_a_warehouse_without_marts_is_refused(tmp_path: Path) -> None:
    """A warehouse without marts gives one sentence, and nothing is written."""
    path = tmp_path / "empty.duckdb"
    duckdb.connect(str(path)).close()
    with pytest.raises(EcomError, match=r"has not all the marts yet .*; build them: ecom build"):
        write_report(DuckDBEngine(path), tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A file in place of the directory gives a sentence with the path."""
    (tmp_path / "taken").write_text("")
    out = tmp_path / "taken" / "site"
    with pytest.raises(EcomError, match=f"cannot write {out}: Not a directory; name another"):
        write_files(out, {"page.html": ""})
