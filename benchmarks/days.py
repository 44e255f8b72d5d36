"""What a day changed in a shop, and how much of the warehouse its increment computed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq

# The tables that are computed by order: each row says through which change it was built.
_TABLES: Final = (
    "intermediate.int_order_items__amounts",
    "intermediate.int_refunds__items",
    "marts.fact_orders",
    "marts.fact_order_items",
)


@dataclass(frozen=True)
class Day:
    """Rows in a day's batch, and in the raw tables; rows its increment wrote, and of all."""

    changed: int
    held: int
    computed: int
    built: int


def day_of(shop: Path, warehouse: Path) -> Day:
    """The last day of a shop that has lived on, built into a warehouse."""
    (*_, batch) = sorted((shop / "days").glob("????-??-??"))
    changed = sum(pq.read_metadata(path).num_rows for path in batch.glob("*.parquet"))
    with duckdb.connect(str(warehouse), read_only=True) as connection:

        def count(query: str) -> int:
            ((number,),) = connection.execute(query).fetchall()
            return int(number)

        held = count(
            "select sum(estimated_size) from duckdb_tables() where schema_name = 'raw_data'"
        )
        built = sum(count(f"select count(*) from {table}") for table in _TABLES)  # noqa: S608
        newest = "where built_through = (select max(built_through) from marts.fact_orders)"
        computed = sum(count(f"select count(*) from {table} {newest}") for table in _TABLES)  # noqa: S608
    return Day(changed, held, computed, built)
