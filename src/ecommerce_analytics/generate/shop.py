"""Generates a shop: plan the chunks, build them on threads, write them in order.

Two passes keep memory bounded by a chunk. The first draws only accounts and order times, to count
each chunk's orders per day, which fixes the order ids: they rise from day to day. The second draws
the same accounts and times again, and everything else.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate.arrays import I64, split_evenly
from ecommerce_analytics.generate.campaigns import campaign_tables, draw_campaigns
from ecommerce_analytics.generate.chunks import Chunk, World, build_chunk
from ecommerce_analytics.generate.demand import Allocation, allocate
from ecommerce_analytics.generate.inventory import inventory_table
from ecommerce_analytics.generate.products import draw_products, product_table
from ecommerce_analytics.generate.progress import Progress, shown
from ecommerce_analytics.generate.shop_calendar import ShopCalendar, shop_timezone
from ecommerce_analytics.generate.spec import ShopSpec, ShopSummary
from ecommerce_analytics.generate.truth import campaign_truth, product_truth
from ecommerce_analytics.generate.writer import (
    FileFormat,
    ShopWriter,
    replaced_folder,
    write_manifest,
)

# Fixed, because the chunk size is part of the random tree: another size gives another shop.
_CHUNK_ROWS: Final = 32_768
# Chunk-relative ids, by table: the column and the table whose rows it counts.
_RELATIVE_IDS: Final = {
    "order_items": (("order_item_id", "order_items"),),
    "refunds": (("refund_id", "refunds"), ("order_item_id", "order_items")),
    "marketing_touchpoints": (("touchpoint_id", "marketing_touchpoints"),),
}

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Workers:
    """Threads that work on chunks, and how many of them there are."""

    pool: ThreadPoolExecutor
    count: int

    def in_order(self, work: Callable[[int], _Result], chunks: int) -> Iterator[_Result]:
        """The results of `work(0)` to `work(chunks - 1)`, in order, with few of them in memory."""
        ahead: deque[Future[_Result]] = deque()
        started = 0
        while started < chunks or ahead:
            while started < chunks and len(ahead) < self.count + 1:
                ahead.append(self.pool.submit(work, started))
                started += 1
            yield ahead.popleft().result()


def generate_shop(
    spec: ShopSpec,
    out: Path,
    *,
    file_format: FileFormat = "parquet",
    progress: Progress | None = None,
    threads: int | None = None,
) -> ShopSummary:
    """Generate the shop of `spec` and write its files to the folder `out`.

    `out` gets `<table>.parquet` or `<table>.csv` per table of the contract, `truth/` with the true
    parameters, and `shop.json`. An older shop there is replaced as a whole at the end. The result
    does not depend on the number of threads.

    Args:
        spec: Size, seed and days.
        out: A folder that does not exist, is empty, or holds a shop.
        file_format: Format of the contract's tables; the truth is always Parquet.
        progress: Called after each chunk; by default a bar on a terminal if the run is long.
        threads: Chunks built at the same time; by default one per processor.

    Returns:
        Rows per table, and the seconds taken.

    Raises:
        EcomError: `out` is not a shop or cannot be written, or the number of threads or the format
            is invalid.
    """
    began = time.perf_counter()
    if threads is not None and threads < 1:
        raise EcomError(f"a shop needs at least 1 thread, not {threads}")
    if file_format not in ("parquet", "csv"):
        raise EcomError(f"the file format {file_format!r} is unknown; use parquet or csv")
    timezone = shop_timezone()
    with replaced_folder(out) as folder:
        writer = ShopWriter(folder, file_format)
        try:
            count = threads or os.cpu_count() or 1
            with ThreadPoolExecutor(count) as pool:
                _run(_world(spec, timezone), writer, _Workers(pool, count), progress)
        finally:
            writer.close()
        write_manifest(folder, spec, timezone, file_format, writer.rows)
    return ShopSummary(rows=dict(writer.rows), seconds=time.perf_counter() - began)


def chunk_bounds(spec: ShopSpec) -> I64:
    """The accounts of chunk c are `bounds[c]` to `bounds[c + 1]`, from 0."""
    chunks = max(-(-max(spec.orders, spec.customers) // _CHUNK_ROWS), 1)
    return split_evenly(spec.customers, chunks)


def _world(spec: ShopSpec, timezone: str) -> World:
    calendar = ShopCalendar.of(spec.start, spec.end, timezone)
    return World(
        spec=spec,
        calendar=calendar,
        products=draw_products(calendar, spec.seed, spec.orders),
        campaigns=draw_campaigns(calendar, spec.seed),
        bounds=chunk_bounds(spec),
    )


@dataclass(frozen=True)
class _Plan:
    """The result of the first pass: shares of the chunks, and the ids and guests before each.

    Attributes:
        allocation: The chunks' shares.
        order_offsets: The id before each chunk's first order of each day, shape (chunks, days).
        first_guests: The number of each chunk's first guest.
    """

    allocation: Allocation
    order_offsets: I64
    first_guests: I64


def _plan(world: World, workers: _Workers) -> _Plan:
    chunks = len(world.bounds) - 1

    def weigh(chunk: int) -> tuple[float, float, int]:
        accounts = world.accounts(chunk)
        reach = world.calendar.demand.total - accounts.clock_from
        opened = int(np.count_nonzero(accounts.opens_with_order))
        return float(accounts.propensity.sum()), float(reach.sum()), opened

    propensity, exposure, openings = zip(*workers.in_order(weigh, chunks), strict=True)
    allocation = allocate(
        world.spec.orders,
        np.array(propensity),
        np.array(exposure),
        np.array(openings, dtype=np.int64),
        world.spec.seed,
    )

    def count(chunk: int) -> tuple[I64, int]:
        orders = world.orders(world.accounts(chunk), allocation, chunk)
        days = world.calendar.day_of(orders.at)
        return np.bincount(days, minlength=world.calendar.days), orders.guests

    counted = list(workers.in_order(count, chunks))
    by_day = np.stack([days for days, _ in counted])
    before = np.cumsum(by_day.sum(axis=0)) - by_day.sum(axis=0)
    guests = np.array([guests for _, guests in counted])
    return _Plan(
        allocation=allocation,
        order_offsets=before + np.cumsum(by_day, axis=0) - by_day,
        first_guests=1 + np.cumsum(guests) - guests,
    )


def _run(world: World, writer: ShopWriter, workers: _Workers, progress: Progress | None) -> None:
    calendar, products, campaigns = world.calendar, world.products, world.campaigns
    seed = world.spec.seed
    plan = _plan(world, workers)
    chunks = len(world.bounds) - 1

    def build(chunk: int) -> tuple[dict[str, pa.Table], Chunk]:
        built = build_chunk(
            world,
            plan.allocation,
            plan.order_offsets[chunk],
            int(plan.first_guests[chunk]),
            chunk,
        )
        return {name: writer.table(name, columns) for name, columns in built.tables.items()}, built

    sold = np.zeros((calendar.week_count, len(products)), dtype=np.int64)
    realised = np.zeros((3, len(campaigns)), dtype=np.int64)
    with shown(progress, chunks) as tell, ThreadPoolExecutor(4) as writing:
        for done, (tables, built) in enumerate(workers.in_order(build, chunks), start=1):
            sold += built.sold
            realised += built.realised
            placed = _placed(tables, dict(writer.rows))
            list(writing.map(lambda item: writer.write(*item), placed.items()))
            tell(done, chunks)
    whole = {
        "products": product_table(products, calendar),
        **campaign_tables(campaigns, calendar, seed, world.spec.orders),
        "inventory_levels": inventory_table(products, calendar, sold, seed),
        "truth/campaigns": campaign_truth(campaigns, calendar, plan.allocation, realised),
        "truth/products": product_truth(products, calendar, sold),
    }
    for name, columns in whole.items():
        writer.write(name, writer.table(name, columns))


def _placed(tables: dict[str, pa.Table], rows: dict[str, int]) -> dict[str, pa.Table]:
    """The tables with their chunk-relative ids shifted behind the `rows` written before."""
    placed = dict(tables)
    for name, columns in _RELATIVE_IDS.items():
        for column, counted in columns:
            table = placed[name]
            index = table.schema.get_field_index(column)
            moved = pc.add(table.column(index), rows[counted])
            placed[name] = table.set_column(index, table.schema.field(index), moved)
    return placed
