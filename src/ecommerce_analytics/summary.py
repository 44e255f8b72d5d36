"""`ecom summary`: the shop's key figures from the marts, printed after `make demo`.

Each figure is read from the mart that defines it. The exposure `shop_summary` names the marts.
"""

import re
import shlex
import time
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ecommerce_analytics.engines import DEFAULT_TARGET
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError, MissingRelationError, one_line
from ecommerce_analytics.issues import issues_line
from ecommerce_analytics.paths import DEFAULT_WAREHOUSE, ENV_FILE

_YEAR: Final = 12
_WIDTH: Final = 84
# The library's template without its web fonts, so that the picture works offline.
_SVG: Final = re.sub(r"@font-face {{.*?}}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
_BARS: Final = "▁▂▃▄▅▆▇█"
# The number of months that fit a line of 80 characters.
_MOST_BARS: Final = 56

_NEXT: Final = """
[bold]Where to look next[/bold]
  site/index.html        the shop in charts and tables; open it in a browser
  docs/quickstart.md     the first ten minutes, and your own data
  docs/metrics.md        what each number means
  docs/features.md       each dbt feature, the file that uses it, a command that shows it
  """
_DBT: Final = "dbt show --inline \"select * from {{ ref('orders_monthly') }}\" --limit 12"
_TOTALS: Final = """
select
    min(month_start_date),
    max(month_start_date),
    sum(order_count),
    sum(gross_amount),
    sum(discount_amount),
    sum(returns_amount),
    sum(net_amount),
    sum(orders_with_items_count)
from marts.orders_monthly
"""
_MONTHS: Final = (
    "select net_amount, is_complete from marts.orders_monthly order by month_start_date"
)
_CUSTOMERS: Final = """
select
    count(*) filter (where order_count > 0),
    count(*) filter (where is_repeat_customer)
from marts.customer_analytics
"""
_PRODUCTS: Final = """
select product_name, net_amount, unit_count, margin_rate
from marts.product_performance
where net_amount > 0
order by net_amount desc, product_id
limit 5
"""
_CAMPAIGNS: Final = """
select campaign_name, channel, last_non_direct_revenue, last_non_direct_roas
from marts.marketing_attribution
where campaign_id is not null and last_non_direct_revenue > 0
order by last_non_direct_revenue desc, campaign_id
limit 5
"""
_LAST_RUN: Final = """
select
    count(*) filter (where resource_type = 'model'),
    count(*) filter (where resource_type = 'test'),
    count(*) filter (where resource_type = 'unit_test'),
    count(*) filter (where run_results.status not in ('pass', 'success', 'warn', 'no-op')),
    min(started_at),
    max(finished_at)
from audit.run_results
join audit.runs using (invocation_id)
where invocation_id = (
    select invocation_id from audit.runs
    where command = 'build' and finished_at is not null
    order by started_at desc limit 1
)
having count(*) > 0
"""

# The last run that changes models, if it was killed or is still running.
_UNFINISHED: Final = """
select started_at
from audit.runs
where status in ('running', 'interrupted')
and started_at = (
    select max(started_at) from audit.runs where command in ('build', 'run', 'snapshot')
)
"""


@dataclass(frozen=True)
class Product:
    """One of the products with the highest net sales."""

    name: str
    net_amount: Decimal
    units: Decimal
    margin_rate: float | None


@dataclass(frozen=True)
class Campaign:
    """One of the campaigns with the highest revenue by last non-direct touchpoint."""

    name: str
    channel: str
    revenue: Decimal
    roas: float | None


@dataclass(frozen=True)
class LastRun:
    """The last finished `dbt build`, from the audit tables."""

    models: int
    data_tests: int
    unit_tests: int
    failures: int
    seconds: float


@dataclass(frozen=True)
class Figures:
    """The shop's figures; money in the shop's currency, valid orders only."""

    first_month: date | None
    last_month: date | None
    orders: int
    gross: Decimal
    discounts: Decimal
    returns: Decimal
    net: Decimal
    average_order_value: float | None
    monthly_net: tuple[Decimal, ...]
    yearly_growth: float | None
    customers: int
    repeat_customers: int
    products: tuple[Product, ...]
    campaigns: tuple[Campaign, ...]
    last_run: LastRun | None
    unfinished_since: datetime | None

    @property
    def repeat_rate(self) -> float | None:
        """Share of persons with at least two orders; null without an order."""
        return self.repeat_customers / self.customers if self.customers else None


def read_figures(engine: Engine) -> Figures:
    """Read the summary's figures from a built warehouse.

    Args:
        engine: The warehouse.

    Returns:
        The figures.

    Raises:
        EcomError: It cannot be read, or has no marts yet.
    """
    try:
        return _read(engine)
    except MissingRelationError as error:
        raise EcomError(
            f"{engine.place} has not all the marts yet ({error}); build them: ecom build"
        ) from error


def _read(engine: Engine) -> Figures:
    first, last, orders, gross, discounts, returns, net, orders_with_items = engine.rows(_TOTALS)[0]
    months = engine.rows(_MONTHS)
    customers, repeat_customers = engine.rows(_CUSTOMERS)[0]
    return Figures(
        first_month=first,
        last_month=last,
        orders=int(orders or 0),
        gross=gross or Decimal(0),
        discounts=discounts or Decimal(0),
        returns=returns or Decimal(0),
        net=net or Decimal(0),
        average_order_value=(
            float(gross - discounts) / float(orders_with_items) if orders_with_items else None
        ),
        monthly_net=tuple(net for net, _ in months),
        yearly_growth=_growth([net for net, is_complete in months if is_complete]),
        customers=customers,
        repeat_customers=repeat_customers,
        products=tuple(Product(*product) for product in engine.rows(_PRODUCTS)),
        campaigns=tuple(Campaign(*campaign) for campaign in engine.rows(_CAMPAIGNS)),
        last_run=next((_last_run(*run) for run in engine.rows(_LAST_RUN)), None),
        unfinished_since=next((since for (since,) in engine.rows(_UNFINISHED)), None),
    )


def _last_run(
    models: int, tests: int, unit_tests: int, failures: int, start: datetime, end: datetime
) -> LastRun:
    return LastRun(models, tests, unit_tests, failures, (end - start).total_seconds())


def _growth(complete_months: list[Decimal]) -> float | None:
    """The last twelve complete months / the twelve before - 1; null if there are too few."""
    if len(complete_months) < 2 * _YEAR:
        return None
    base = sum(complete_months[-2 * _YEAR : -_YEAR])
    return float(sum(complete_months[-_YEAR:]) / base) - 1 if base > 0 else None


def print_summary(engine: Engine, started: float | None = None, svg: Path | None = None) -> None:
    """Print the summary of a built warehouse.

    Args:
        engine: The warehouse.
        started: When the command began, in seconds since the epoch; without it no total time is
            printed.
        svg: A file for a picture of the output, if any.

    Raises:
        EcomError: As `read_figures`.
    """
    figures = read_figures(engine)
    issues = issues_line(engine)
    console = Console(highlight=False, record=svg is not None, width=_WIDTH if svg else None)
    console.print()
    console.print(f"[bold]The shop[/bold], {_span(figures)}")
    console.print(_headlines(figures))
    console.print(f"  Net sales by month  {_sparkline(figures.monthly_net)}\n")
    console.print(_products(figures.products))
    console.print()
    console.print(_campaigns(figures.campaigns))
    if figures.last_run is not None:
        console.print(_build_line(figures.last_run, started))
    if figures.unfinished_since is not None:
        console.print(
            f"[red]The run of {figures.unfinished_since:%Y-%m-%d %H:%M} UTC did not finish; the "
            "marts may be half updated. Run it again: ecom build[/red]"
        )
    if svg:
        svg.write_text(console.export_svg(title="make demo", code_format=_SVG), encoding="utf-8")
    console.print(_NEXT + "\n  ".join(_next_commands(engine)) + "\n", soft_wrap=True)
    if issues:
        console.print(escape(issues), soft_wrap=True)


def _next_commands(engine: Engine) -> list[str]:
    """The commands that show a mart with dbt on this engine and warehouse."""
    commands = ["source .venv/bin/activate && cd dbt_project"]
    settings = {} if engine.target == DEFAULT_TARGET else {"DBT_TARGET": engine.target}
    if engine.target == DEFAULT_TARGET and Path(engine.place).resolve() != DEFAULT_WAREHOUSE:
        settings = dict(engine.environment)
    if engine.target == "postgres" and ENV_FILE.exists():
        commands.insert(0, "set -a && source .env && set +a")
    named = "".join(f"{name}={shlex.quote(value)} " for name, value in settings.items())
    return [*commands, named + _DBT]


def _headlines(figures: Figures) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column()
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column(style="dim")
    growth = _percent(figures.yearly_growth, signed=True)
    bridge = f"gross {figures.gross:,.0f}, less {figures.discounts:,.0f} discounts"
    table.add_row("Net sales", f"{figures.net:,.2f}", bridge)
    table.add_row("", "", f"and {figures.returns:,.0f} returns; {growth} in a year")
    table.add_row("Orders", f"{figures.orders:,}", "valid: no tests, not cancelled")
    table.add_row("Average order", _number(figures.average_order_value), "gross less discounts")
    table.add_row("Customers", f"{figures.customers:,}", "people with an order, guests included")
    table.add_row(
        "Repeat rate",
        _percent(figures.repeat_rate),
        f"{figures.repeat_customers:,} people ordered again",
    )
    return table


def _products(products: tuple[Product, ...]) -> Table:
    table = Table(box=None, padding=(0, 2), title="Best products", title_justify="left")
    table.add_column("product")
    for name in ("net sales", "units", "margin"):
        table.add_column(name, justify="right", no_wrap=True)
    for product in products:
        table.add_row(
            escape(one_line(product.name)),
            f"{product.net_amount:,.0f}",
            _quantity(product.units),
            _percent(product.margin_rate),
        )
    return table


def _quantity(value: Decimal) -> str:
    """Units without trailing zeros: 12, or 12.5 for goods sold by weight."""
    return f"{value:,f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"


def _campaigns(campaigns: tuple[Campaign, ...]) -> Table:
    table = Table(
        box=None,
        padding=(0, 2),
        title="Best campaigns, by last non-direct touchpoint",
        title_justify="left",
    )
    table.add_column("campaign")
    table.add_column("channel", no_wrap=True)
    for name in ("revenue", "ROAS"):
        table.add_column(name, justify="right", no_wrap=True)
    for campaign in campaigns:
        roas = _number(campaign.roas)
        revenue = f"{campaign.revenue:,.0f}"
        name, channel = escape(one_line(campaign.name)), escape(one_line(campaign.channel))
        table.add_row(name, channel, revenue, roas)
    return table


def _build_line(run: LastRun, started: float | None) -> str:
    tests = f"{run.data_tests} data tests, {run.unit_tests} unit tests"
    verdict = (
        "[green]all passed[/green]" if not run.failures else f"[red]{run.failures} failed[/red]"
    )
    total = f" ({time.time() - started:.0f} s in all)" if started else ""
    return f"\n{run.models} models, {tests}: {verdict} in {run.seconds:.1f} s{total}."


def _span(figures: Figures) -> str:
    if figures.first_month is None or figures.last_month is None:
        return "without an order yet"
    first, last = f"{figures.first_month:%B %Y}", f"{figures.last_month:%B %Y}"
    return first if first == last else f"{first} to {last}"


def _sparkline(values: tuple[Decimal, ...]) -> str:
    highest = max(values, default=Decimal(0))
    if highest <= 0:
        return "-"
    top = len(_BARS) - 1
    return "".join(_BARS[max(0, int(value / highest * top))] for value in values[-_MOST_BARS:])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _percent(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "-"
    return f"{value:+.1%}" if signed else f"{value:.1%}"
