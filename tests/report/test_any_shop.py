"""The report and the summary of every kind of shop: one order to three years, any dates."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import NO_TESTS, Dbt
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.report import write_report
from ecommerce_analytics.report.write import PAGES
from ecommerce_analytics.summary import print_summary, read_figures

_FIRST = date(2021, 1, 1)
_THREE_YEARS = 3 * 365

days = st.integers(0, _THREE_YEARS).map(lambda days: _FIRST + timedelta(days=days))


@given(start=days, span=st.integers(0, _THREE_YEARS), orders=st.integers(1, 60))
# Without a complete month in the first year; two days around a year's end; a month's last day.
@example(start=date(2024, 12, 15), span=95, orders=50)
@example(start=date(2024, 12, 31), span=1, orders=4)
@settings(max_examples=2)
def test_every_shop_has_a_report_and_a_summary(start: date, span: int, orders: int) -> None:
    """Every shop has a report and a summary, with any number of months, quarters and years."""
    with TemporaryDirectory() as directory:
        spec = ShopSpec(max(1, orders // 3), orders, start=start, end=start + timedelta(days=span))
        generate_shop(spec, Path(directory, "shop"))
        dbt = Dbt(Path(directory))
        dbt.load(Path(directory, "shop"))
        dbt.succeed("build", *NO_TESTS)
        write_report(dbt.engine, Path(directory, "site"))
        assert {path.stem for path in Path(directory, "site").glob("*.html")} >= set(PAGES)
        print_summary(dbt.engine)
        figures = read_figures(dbt.engine)
        assert figures.orders <= orders
