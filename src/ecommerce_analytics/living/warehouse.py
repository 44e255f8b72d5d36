"""Which days of a shop a warehouse has, and how it gets the ones that it lacks.

Nothing is noted in the warehouse: its own rows say at which day it is. Every day changes a price,
so the last change of a product is the last day; and after each day the batches say how many rows
the tables have. A warehouse that was loaded anew, copied, or left by a killed run is known for what
it is, and one that holds something else is not touched.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError, MissingRelationError
from ecommerce_analytics.living.batch import DAY_FILE
from ecommerce_analytics.living.shop import existing_days
from ecommerce_analytics.living.state import DAYS, Manifest, read_manifest
from ecommerce_analytics.load import ChangeSummary
from ecommerce_analytics.paths import MANIFEST

# Counting them is quick on every engine, and no two days and no two shops agree on all.
_COUNTED: Final = ("customers", "orders", "products", "campaigns")


@dataclass(frozen=True)
class Applied:
    """A day's batch, brought to a warehouse."""

    batch: Path
    summary: ChangeSummary


def lives(source: Path) -> bool:
    """Whether a directory holds a generated shop with days behind its history."""
    return (source / MANIFEST).is_file() and bool(existing_days(source))


def standing(engine: Engine, shop: Path) -> date:
    """The last day of the shop that the warehouse has.

    Raises:
        EcomError: The warehouse has no raw tables, or they are not this shop's on any day.
    """
    manifest = read_manifest(shop)
    schema = load_contract().schema
    try:
        ((changed,),) = engine.rows(f"select max(updated_at) from {schema}.products")  # noqa: S608
        counts = " union all ".join(
            f"select '{name}' as name, count(*) as total from {schema}.{name}"  # noqa: S608
            for name in _COUNTED
        )
        held = {str(name): int(total) for name, total in engine.rows(counts)}
    except MissingRelationError as error:
        raise EcomError(
            f"{engine.place} has no raw tables yet; load the shop first: ecom load --from {shop}"
        ) from error
    day = _local_day(changed, manifest)
    expected = [_rows(shop, day, manifest)]
    if not engine.applies_whole:
        # A run that was killed half-way has left tables of the next day.
        following = [later for later in existing_days(shop) if later > day]
        expected += [_rows(shop, later, manifest) for later in following[:1]]
    for name in _COUNTED:
        if held[name] not in {rows[name] for rows in expected}:
            raise EcomError(
                f"{engine.place} has {held[name]:,} {name} where {shop} had "
                f"{expected[0][name]:,} on {day}, so it is not that shop as it stood then; "
                f"load it again: ecom load --from {shop}"
            )
    return day


def catch_up(engine: Engine, shop: Path, *, loaded_at: datetime | None = None) -> Iterator[Applied]:
    """Bring a warehouse the days of the shop that it lacks, one by one, in order.

    It may be stopped after any of them, or killed: the next call goes on from there.

    Args:
        engine: The warehouse, which holds the shop as it stood on some day.
        shop: The shop's directory.
        loaded_at: The instant to stamp on every row, by default the time of each batch.

    Yields:
        Each batch when it is in the warehouse.

    Raises:
        EcomError: The warehouse holds something else, or cannot be written.
    """
    for day in missing_days(engine, shop):
        batch = shop / DAYS / str(day)
        yield Applied(batch, engine.apply(batch, loaded_at=loaded_at))


def missing_days(engine: Engine, shop: Path) -> list[date]:
    """The days that the warehouse lacks; with the last it has where that may be half of one."""
    last = standing(engine, shop)
    return [
        day
        for day in existing_days(shop)
        if day > last or (day == last and not engine.applies_whole)
    ]


def _local_day(changed: datetime | None, manifest: Manifest) -> date:
    """The day of the last change of a product; the generated history's last, if it is earlier."""
    if changed is None:
        return manifest.spec.end
    local = changed.replace(tzinfo=UTC).astimezone(ZoneInfo(manifest.timezone)).date()
    return max(local, manifest.spec.end)


def _rows(shop: Path, day: date, manifest: Manifest) -> dict[str, int]:
    """How many rows each table has after a day, as the shop's files say."""
    if day == manifest.spec.end:
        return dict(manifest.rows)
    path = shop / DAYS / str(day) / DAY_FILE
    try:
        rows: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))["rows"]
    except (OSError, ValueError, KeyError) as error:
        raise EcomError(
            f"the warehouse is at {day}, but {shop} has no batch of that day, so it holds another "
            f"shop or later days of this one; load it again: ecom load --from {shop}"
        ) from error
    return rows
