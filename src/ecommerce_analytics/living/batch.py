"""A day's batch: files for `ecom load --changes`, with the truth beside them.

`<table>.parquet` has the new and changed rows, `<table>.deleted.parquet` the keys of deleted rows,
`day.json` each table's row count after the day.

`truth/` records what really happened, to score a warehouse's results. `customers.parquet` and
`products.parquet` have each version with the instant it became true, `order_statuses.parquet` each
step of each order, `changes.parquet` every change by kind. A late order has all its steps in the
batch of the day on which it arrives.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ecommerce_analytics.contract import Table, load_contract
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.state import DAYS, State
from ecommerce_analytics.paths import DAY_FILE

_STATUSES: Final = """
    select order_id, order_status, instant(moment) as became_at
    from (
        select order_id, arrives_on, unnest([
            {'order_status': 'pending', 'moment': ordered},
            {'order_status': 'processing', 'moment': paid},
            {'order_status': 'shipped', 'moment': shipped},
            {'order_status': 'delivered', 'moment': delivered},
            {'order_status': 'cancelled', 'moment': cancelled},
            {'order_status': 'returned', 'moment': returned}
        ], recursive := true)
        from hidden.plans
    )
    where moment >= 0 and moment < $until and arrives_on <= $today
        and (moment >= $since or arrives_on = $today)
    order by order_id, moment, order_status
"""

# The columns of each table that may change, without those of a person's own records.
_VERSIONED: Final = {
    "customers": ("segment", "state", "country", "city", "accepts_marketing"),
    "products": ("category", "subcategory", "unit_cost", "list_price", "is_active"),
}
_GONE: Final = ("customer erased", "product deleted")


def write_batch(state: State, shop: Path, day: Day) -> Path:
    """Write the batch of `day`, whose changes are in the state file but not yet committed.

    The files are written to a temporary folder and moved together. A batch that already exists was
    left by a run that ended before its commit; this one has the same bytes.
    """
    folder = day_folder(shop, day)
    state.record()
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "truth").mkdir(parents=True)
    tables = load_contract().tables
    gone = state.table("select distinct table_name from hidden.deletions").column(0).to_pylist()
    for table in tables:
        _write_rows(state, table, day, partial)
        if table.name in gone:
            _write_deletions(state, table, partial)
    _write_truth(state, day, partial / "truth")
    document = {"day": str(day.date), "rows": _count(state, day, tables)}
    (partial / DAY_FILE).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    _settle(partial)
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    return folder


def day_folder(shop: Path, day: Day) -> Path:
    """The folder of a day's batch."""
    return shop / DAYS / str(day.date)


def _write_rows(state: State, table: Table, day: Day, folder: Path) -> None:
    columns = ", ".join(column.name for column in table.file_columns)
    rows = state.table(
        f"select {columns} from raw_data.{table.name} where arrives_on <= $today "  # noqa: S608
        f"and (changed_on = $today or arrives_on = $today) order by {', '.join(table.key)}",
        {"today": day.ordinal},
    )
    if rows.num_rows:
        _write(rows.cast(table.arrow_schema), folder / f"{table.name}.parquet")


def _write_deletions(state: State, table: Table, folder: Path) -> None:
    parts = zip(("first_key", "second_key"), table.key, strict=False)
    key = ", ".join(f"{part} as {name}" for part, name in parts)
    rows = state.table(
        f"select {key} "  # noqa: S608
        "from hidden.deletions where table_name = ? order by all",
        table.name,
    )
    fields = [table.arrow_schema.field(name) for name in table.key]
    _write(rows.cast(pa.schema(fields)), folder / f"{table.name}.deleted.parquet")


def _count(state: State, day: Day, tables: Sequence[Table]) -> dict[str, int]:
    """Row count per table in a warehouse that has loaded everything up to the day."""
    arrived = " union all ".join(
        f"select '{table.name}' as name, count(*) as more "  # noqa: S608
        f"from raw_data.{table.name} where arrives_on = $today"
        for table in tables
    )
    state.execute(
        f"""
        update hidden.counters set next = next + more
        from (
            select 'rows.' || name as name, cast(sum(more) as bigint) as more from (
                {arrived} union all select table_name, -count(*) from hidden.deletions group by all
            ) group by name
        ) as today where today.name = counters.name
        """,  # noqa: S608
        {"today": day.ordinal},
    )
    held = state.table("select name, next from hidden.counters").to_pydict()
    rows = dict(zip(held["name"], held["next"], strict=True))
    return {table.name: rows[f"rows.{table.name}"] for table in tables}


def _write_truth(state: State, day: Day, folder: Path) -> None:
    statuses = state.table(_STATUSES, {"until": day.end, "since": day.start, "today": day.ordinal})
    _write(statuses, folder / "order_statuses.parquet")
    for name, columns in _VERSIONED.items():
        versions = state.table(_versions(name, columns), {"today": day.ordinal})
        _write(versions, folder / f"{name}.parquet")
    changes = state.table(
        "select kind, table_name, key, became_at from hidden.changes where happened_on = ? "
        "order by all",
        day.ordinal,
    )
    _write(changes, folder / "changes.parquet")


def _versions(name: str, columns: tuple[str, ...]) -> str:
    """A query of the versions that became true on the day, including deletions."""
    (key,) = load_contract().table(name).key
    values = ", ".join(columns)
    kinds = ", ".join(f"'{kind}'" for kind in _GONE)
    return f"""
        select {key}, {values}, updated_at as became_at, false as is_deleted
        from raw_data.{name}
        where arrives_on <= $today and (changed_on = $today or arrives_on = $today)
        union all by name
        select key as {key}, became_at, true as is_deleted from hidden.changes
        where happened_on = $today and table_name = '{name}' and kind in ({kinds})
        order by {key}
    """  # noqa: S608


def _write(table: pa.Table, path: Path) -> None:
    rows = table.combine_chunks()
    options: dict[str, Any] = {"row_group_size": max(rows.num_rows, 1), "compression_level": 1}
    pq.write_table(rows, path, compression="zstd", **options)


def _settle(folder: Path) -> None:
    """Flush the files to disk before their folder gets its final name."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
