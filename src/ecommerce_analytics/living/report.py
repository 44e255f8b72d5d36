"""A readable summary of a day's batch."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

_DELETED: Final = ".deleted.parquet"


@dataclass(frozen=True)
class DayReport:
    """One day.

    Attributes:
        day: The date, the name of the batch's folder.
        orders: Orders that reached the warehouse for the first time.
        rows: New and changed rows.
        deleted: Deleted rows.
        changes: The number of other changes by kind.
    """

    day: str
    orders: int
    rows: int
    deleted: int
    changes: Mapping[str, int]

    def told(self) -> str:
        """The changes in words, the most frequent first."""
        ranked = sorted(self.changes.items(), key=lambda change: (-change[1], change[0]))
        return ", ".join(f"{kind} ({times})" if times > 1 else kind for kind, times in ranked)


def report(batch: Path) -> DayReport:
    """Summarise a batch."""
    sizes = {path.name: pq.read_metadata(path).num_rows for path in batch.glob("*.parquet")}
    gone = sum(rows for name, rows in sizes.items() if name.endswith(_DELETED))
    kinds = pq.read_table(batch / "truth" / "changes.parquet", columns=["kind"])
    statuses = pq.read_table(batch / "truth" / "order_statuses.parquet", columns=["order_status"])
    return DayReport(
        day=batch.name,
        orders=statuses.column(0).to_pylist().count("pending"),
        rows=sum(sizes.values()) - gone,
        deleted=gone,
        changes=Counter(str(kind) for kind in kinds.column(0).to_pylist()),
    )
