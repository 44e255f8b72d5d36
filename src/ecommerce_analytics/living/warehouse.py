"""Which days of a shop a warehouse has, and how it gets the missing ones.

Each load and each batch writes a row of `audit.loads` with its data: see `held`. So a warehouse
that was loaded again, copied, or left by a killed run is recognised, and one with other data is not
changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.held import UNKNOWN, held
from ecommerce_analytics.living.shop import existing_days
from ecommerce_analytics.living.state import DAYS, read_manifest
from ecommerce_analytics.load import ChangeSummary
from ecommerce_analytics.load.loads import OWN
from ecommerce_analytics.paths import MANIFEST


@dataclass(frozen=True)
class Applied:
    """A day's batch that was applied to a warehouse."""

    batch: Path
    summary: ChangeSummary


def lives(source: Path) -> bool:
    """Whether a directory has a generated shop with simulated days."""
    return (source / MANIFEST).is_file() and bool(existing_days(source))


def batches(source: Path) -> list[Path]:
    """The batches of a shop's days, in order; empty if the files were not generated."""
    return [source / DAYS / str(day) for day in existing_days(source)] if lives(source) else []


def standing(engine: Engine, shop: Path) -> date:
    """The last day of the shop that the warehouse has, with all days before it.

    Raises:
        EcomError: The warehouse has no raw tables, or they are not this shop's on any day.
    """
    manifest = read_manifest(shop)
    found = held(engine)
    again = f"load it again: ecom load --from {shop}"
    if found is None:
        raise EcomError(
            f"{engine.place} has no raw tables yet; load the shop first: ecom load --from {shop}"
        )
    if found.shop_kind == OWN:
        raise EcomError(
            f"{engine.place} holds a shop of your own (loaded from {found.shop_name}), which does "
            f"not live on with {shop}; name another warehouse"
        )
    if found.shop_kind == UNKNOWN:
        raise EcomError(
            f"{engine.place} has tables that no load of this version has brought, so which shop "
            f"they are is not known; {again}"
        )
    if found.spec != manifest.spec_text:
        raise EcomError(f"{engine.place} holds another shop than {shop}; {again}")
    day = manifest.spec.end
    while day + timedelta(days=1) in found.days:
        day += timedelta(days=1)
    if day > max([manifest.spec.end, *existing_days(shop)]):
        raise EcomError(
            f"{engine.place} is at {day}, but {shop} has no batch of that day, so it has lived "
            f"other days since; {again}"
        )
    return day


def catch_up(engine: Engine, shop: Path, *, loaded_at: datetime | None = None) -> Iterator[Applied]:
    """Apply the missing days of the shop to a warehouse, one by one, in order.

    It may be stopped or killed after any of them: the next call continues from there.

    Args:
        engine: The warehouse, which holds the shop up to some day.
        shop: The shop's directory.
        loaded_at: The instant to stamp on every row, by default the time of each batch.

    Yields:
        Each batch after it is applied.

    Raises:
        EcomError: The warehouse holds something else, or cannot be written.
    """
    for day in missing_days(engine, shop):
        batch = shop / DAYS / str(day)
        yield Applied(batch, engine.apply(batch, loaded_at=loaded_at))


def missing_days(engine: Engine, shop: Path) -> list[date]:
    """The days that the warehouse lacks, and those after them."""
    last = standing(engine, shop)
    return [day for day in existing_days(shop) if day > last]
