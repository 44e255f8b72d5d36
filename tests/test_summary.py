"""The summary: each figure equals a second computation, and each is printed completely."""

import dataclasses
import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from conftest import TinyShop
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.postgres.settings import PostgresSettings
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.issues import issues_line
from ecommerce_analytics.paths import DEFAULT_WAREHOUSE
from ecommerce_analytics.summary import Figures, _next_commands, print_summary, read_figures
from independent.compare import money, same
from independent.figures import Independent, figures_of, month_of, ratio
from independent.holding import held
from irregular import issues_of, write_issues
from postgres.servers import canaries

_SHOWN = 5


@pytest.fixture(scope="module")
def expected(shop_dir: Path) -> Independent:
    """The figures computed from the files."""
    return figures_of(shop_dir)


@pytest.fixture(scope="module")
def figures(warehouse: Path) -> Figures:
    """The figures read from the marts."""
    return read_figures(DuckDBEngine(warehouse))


@pytest.fixture
def unbuilt(tmp_path: Path) -> Path:
    """A DuckDB file without marts."""
    path = tmp_path / "unbuilt.duckdb"
    duckdb.connect(str(path)).close()
    return path


def test_totals(figures: Figures, expected: Independent) -> None:
    """The sales bridge over the whole history and the average order value match."""
    months = expected.sales_by(month_of)
    gross, discounts, returns = (
        sum(getattr(month, leg) for month in months.values())
        for leg in ("gross", "discounts", "returns")
    )
    with_items = sum(month.with_items for month in months.values())
    assert (figures.first_month, figures.last_month) == (min(months), max(months))
    assert figures.orders == len(expected.valid)
    assert (figures.gross, figures.discounts, figures.returns, figures.net) == (
        money(gross),
        money(discounts),
        money(returns),
        money(gross - discounts - returns),
    )
    assert same(figures.average_order_value, ratio(gross - discounts, with_items, scale=100))


def test_months_and_growth(figures: Figures, expected: Independent) -> None:
    """Net sales per month, with returns in the refund's month, and yearly growth match."""
    net = [month.net for _, month in sorted(expected.sales_by(month_of).items())]
    assert figures.monthly_net == tuple(map(money, net))
    # The default shop's history is three complete years.
    assert same(figures.yearly_growth, sum(net[24:36]) / sum(net[12:24]) - 1)


def test_customers(figures: Figures, expected: Independent) -> None:
    """The counts of customers, including guests, and of repeat customers match."""
    repeat = sum(len(buyer.orders) > 1 for buyer in expected.buyers.values())
    assert (figures.customers, figures.repeat_customers) == (len(expected.buyers), repeat)
    assert figures.repeat_rate == repeat / len(expected.buyers)


def test_best_products(figures: Figures, expected: Independent) -> None:
    """The five products with the highest net sales match."""
    ranking = sorted(expected.products.items(), key=lambda entry: (-entry[1].net, entry[0]))
    assert [(p.name, p.net_amount, p.units) for p in figures.products] == [
        (expected.files.product_names[key], money(product.net), Decimal(product.units))
        for key, product in ranking[:_SHOWN]
    ]
    for shown, (_, product) in zip(figures.products, ranking, strict=False):
        assert same(shown.margin_rate, product.margin_rate)


def test_best_campaigns(figures: Figures, expected: Independent) -> None:
    """The five campaigns with the highest last non-direct revenue match."""
    revenue = {
        member: credit.revenue
        for (model, member), credit in expected.credits.items()
        if model == "last_non_direct" and isinstance(member, int)
    }
    ranking = sorted(revenue, key=lambda member: (-revenue[member], member))[:_SHOWN]
    assert [(c.name, c.channel, c.revenue) for c in figures.campaigns] == [
        (*expected.files.campaigns[member], money(revenue[member])) for member in ranking
    ]
    for shown, member in zip(figures.campaigns, ranking, strict=True):
        assert same(shown.roas, ratio(revenue[member], expected.spend[member]))


def test_every_figure_is_compared() -> None:
    """A new field of the summary needs its own second computation here."""
    assert {field.name for field in dataclasses.fields(Figures)} == {
        "first_month",
        "last_month",
        "orders",
        "gross",
        "discounts",
        "returns",
        "net",
        "average_order_value",
        "monthly_net",
        "yearly_growth",
        "customers",
        "repeat_customers",
        "products",
        "campaigns",
        "last_run",
        "unfinished_since",
    }


def test_last_run_is_the_build(figures: Figures) -> None:
    """The last run comes from dbt's run record."""
    assert figures.last_run is not None
    assert figures.last_run.failures == 0
    assert min(figures.last_run.models, figures.last_run.data_tests) > 1
    assert figures.last_run.unit_tests > 1
    assert figures.last_run.seconds > 0
    assert figures.unfinished_since is None


@pytest.mark.parametrize("width", [80, 100])
def test_each_figure_is_printed_whole(
    warehouse: Path,
    figures: Figures,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
) -> None:
    """No number is wrapped or cut, and only commands may exceed the screen width."""
    printed = _printed(warehouse, width, capsys, monkeypatch)
    for figure in _as_printed(figures):
        assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?!\d|[.,]\d)", printed), figure
    shown = printed.partition("Where to look next")[0]
    assert max(map(len, shown.splitlines())) <= width
    assert "\x1b" not in printed


def _printed(
    warehouse: Path,
    width: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    print_summary(DuckDBEngine(warehouse))
    return capsys.readouterr().out


def _as_printed(figures: Figures) -> list[str]:
    assert figures.average_order_value is not None
    assert figures.yearly_growth is not None
    assert figures.repeat_rate is not None
    return [
        f"{figures.net:,.2f}",
        f"{figures.gross:,.0f}",
        f"{figures.discounts:,.0f}",
        f"{figures.returns:,.0f}",
        f"{figures.orders:,}",
        f"{figures.customers:,}",
        f"{figures.repeat_customers:,}",
        f"{figures.average_order_value:,.2f}",
        f"{figures.yearly_growth:+.1%}",
        f"{figures.repeat_rate:.1%}",
        *(f"{p.net_amount:,.0f}" for p in figures.products),
        *(f"{p.units:,.0f}" for p in figures.products),
        *(f"{p.margin_rate:.1%}" for p in figures.products if p.margin_rate is not None),
        *(f"{c.revenue:,.0f}" for c in figures.campaigns),
        *(f"{c.roas:,.2f}" for c in figures.campaigns if c.roas is not None),
    ]


def test_names_are_printed_as_they_are(
    warehouse: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Square brackets are not markup, controls are escaped, and a long name hides no number."""
    copy = Path(shutil.copy(warehouse, tmp_path / "copy.duckdb"))
    name = f"[/sale] \x1b[2J\x07{'a very long name ' * 8}"
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update marts.product_performance set product_name = ?", [name])
    printed = _printed(copy, 80, capsys, monkeypatch)
    assert r"[/sale] \x1b[2J\x07a" in printed
    assert not {"\x1b", "\x07"} & set(printed)
    for product in read_figures(DuckDBEngine(copy)).products:
        assert f"{product.net_amount:,.0f}" in printed


def test_built_without_a_record(
    warehouse: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line about the build is left out if `dbt run` was used instead of `dbt build`."""
    copy = Path(shutil.copy(warehouse, tmp_path / "copy.duckdb"))
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from audit.runs where command = 'build'")
    assert read_figures(DuckDBEngine(copy)).last_run is None
    assert "data tests" not in _printed(copy, 80, capsys, monkeypatch)


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_a_run_that_did_not_finish_is_named(
    status: str,
    warehouse: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An incomplete run is reported, because its figures may mix two days."""
    copy = Path(shutil.copy(warehouse, tmp_path / "copy.duckdb"))
    assert "did not finish" not in _printed(copy, 80, capsys, monkeypatch)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "insert into audit.runs by name select 'killed' as invocation_id, 'run' as command, "
            "? as status, max(started_at) + interval 1 hour as started_at from audit.runs",
            [status],
        )
    printed = " ".join(_printed(copy, 80, capsys, monkeypatch).split())
    assert "did not finish; the marts may be half updated. Run it again: ecom build" in printed


def test_what_needs_a_look_is_the_last_line(
    tiny_shops: Callable[[int], TinyShop],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last line is a single one on any screen width, and absent if there are no issues."""
    copy = Path(shutil.copy(tiny_shops(1).warehouse, tmp_path / "copy.duckdb"))
    write_issues(copy, issues_of("order_shipped_before_ordered", 6))
    printed = _printed(copy, 80, capsys, monkeypatch)
    assert printed.splitlines()[-1] == issues_line(DuckDBEngine(copy))
    assert "6 rows need a look: 6 ship before they are ordered; see " in printed
    write_issues(copy, [])
    assert "need a look" not in _printed(copy, 80, capsys, monkeypatch)


def test_hardly_a_shop(
    tiny_shop: TinyShop,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A shop without an order, and one with a single order, have a summary."""
    orders = tiny_shop.orders
    figures = read_figures(DuckDBEngine(tiny_shop.warehouse))
    expected = figures_of(tiny_shop.files)
    assert figures.orders == len(expected.valid) == orders
    assert figures.net == money(sum(expected.order_net.values()))
    assert figures.yearly_growth is None
    assert (figures.average_order_value is None) == (figures.repeat_rate is None) == (not orders)
    printed = _printed(tiny_shop.warehouse, 80, capsys, monkeypatch)
    assert ("without an order yet" in printed) == (not orders)
    assert "None" not in printed


def test_growth_needs_two_whole_years() -> None:
    """There is no growth for fewer complete months, or no sales in the first twelve."""
    from ecommerce_analytics.summary import _growth

    one, nothing = [Decimal(1)] * 12, [Decimal(0)] * 12
    assert _growth([*one, *one[1:]]) is None
    assert _growth([*nothing, *one]) is None
    assert _growth([*one, *(2 * month for month in one)]) == 1.0


def test_the_next_steps_name_the_engine_just_used(tmp_path: Path) -> None:
    """The suggested commands name a warehouse that is not the default."""
    show = "dbt show --inline \"select * from {{ ref('orders_monthly') }}\" --limit 12"
    assert _next_commands(DuckDBEngine(DEFAULT_WAREHOUSE))[-1] == show
    mine = tmp_path / "my shop.duckdb"
    assert _next_commands(DuckDBEngine(mine))[-1] == f"ECOM_WAREHOUSE='{mine}' {show}"
    server = PostgresEngine(PostgresSettings("127.0.0.1", 5432, "ecommerce", canaries()))
    assert _next_commands(server)[-1] == f"DBT_TARGET=postgres {show}"


def test_missing_warehouse(tmp_path: Path) -> None:
    """The message says how to create a warehouse."""
    assert _refusal(tmp_path / "none.duckdb") == (
        f"there is no warehouse {tmp_path / 'none.duckdb'}; make one: make demo"
    )


def test_warehouse_without_marts(unbuilt: Path) -> None:
    """The message says how to build the marts."""
    assert re.fullmatch(
        rf"{unbuilt} has not all the marts yet \(.+\); build them: ecom build", _refusal(unbuilt)
    )


def test_marts_of_another_version(warehouse: Path, tmp_path: Path) -> None:
    """A missing column means that the mart must be rebuilt."""
    copy = Path(shutil.copy(warehouse, tmp_path / "copy.duckdb"))
    with duckdb.connect(str(copy)) as connection:
        connection.execute("create or replace table marts.orders_monthly as select 1 as one")
    assert _refusal(copy).endswith("build them: ecom build")


def test_not_a_database(tmp_path: Path) -> None:
    """Another kind of file, or a directory, gives one sentence."""
    path = tmp_path / "notes.txt"
    path.write_text("no database\n" * 1000, encoding="utf-8")
    assert _refusal(path).startswith(f"{path} is not a DuckDB file")
    assert _refusal(tmp_path) == f"{tmp_path} is a directory, expected a DuckDB file"


def test_held_by_another_process(unbuilt: Path) -> None:
    """The message names the process that holds the file."""
    with held(unbuilt) as holder:
        sentence = _refusal(unbuilt)
    assert sentence.startswith(f"{unbuilt} is held by another process")
    assert f"pid {holder}" in sentence


def _refusal(warehouse: Path) -> str:
    with pytest.raises(EcomError) as caught:
        read_figures(DuckDBEngine(warehouse))
    assert "\n" not in str(caught.value)
    return str(caught.value)
