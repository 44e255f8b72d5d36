"""The simulator's commands and their output."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate.progress import shown
from ecommerce_analytics.living.report import DayReport, report
from ecommerce_analytics.living.shop import advance
from ecommerce_analytics.living.warehouse import catch_up, missing_days, standing
from ecommerce_analytics.paths import short_path

_LONG: Final = 12


def advance_warehouse(engine: Engine, shop: Path, days: int, batch_out: Path | None) -> None:
    """Simulate days, and apply every missing day to the warehouse.

    Raises:
        EcomError: There is no generated shop, the warehouse holds something else, or a file cannot
            be written.
    """
    standing(engine, shop)
    started = time.perf_counter()
    made = advance(shop, days)
    if batch_out:
        _copy(made, batch_out)
    applied = _apply(engine, shop)
    _print(applied)
    seconds = time.perf_counter() - started
    place = short_path(engine.place)
    click.echo(f"Brought {place} to {made[-1].name}: {_days(applied)} in {seconds:.1f} s")


def make_days(shop: Path, days: int, batch_out: Path | None) -> None:
    """Simulate days without changing a warehouse."""
    started = time.perf_counter()
    made = advance(shop, days)
    if batch_out:
        _copy(made, batch_out)
    _print(made)
    seconds = time.perf_counter() - started
    click.echo(
        f"Made {_days(made)} until {made[-1].name} in {seconds:.1f} s; no warehouse has them"
    )


def _apply(engine: Engine, shop: Path) -> list[Path]:
    total = len(missing_days(engine, shop))
    applied = []
    with shown(None, total, "Bringing the days", _LONG) as tell:
        for done in catch_up(engine, shop):
            applied.append(done.batch)
            tell(len(applied), total)
    return applied


def _days(batches: Sequence[Path]) -> str:
    return "1 day" if len(batches) == 1 else f"{len(batches)} days"


def _print(batches: Sequence[Path]) -> None:
    """Print one line per day."""
    reports = [report(batch) for batch in batches]
    click.echo(f"{'day':<10}  {'new orders':>10}  {'rows':>7}  {'deleted':>7}  what else happened")
    for day in reports:
        click.echo(_line(day))


def _line(day: DayReport) -> str:
    return f"{day.day:<10}  {day.orders:>10,}  {day.rows:>7,}  {day.deleted:>7,}  {day.told()}"


def _copy(batches: Sequence[Path], out: Path) -> None:
    """Copy the batches, without the truth, for other tools."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for batch in batches:
            partial = out / f".{batch.name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(batch, partial, ignore=shutil.ignore_patterns("truth"))
            shutil.rmtree(out / batch.name, ignore_errors=True)
            partial.rename(out / batch.name)
    except OSError as error:
        raise EcomError(
            f"cannot write the batches to {out}: {error.strerror or error}; choose another "
            f"--batch-out, or take them from {batches[0].parent}"
        ) from error
