"""`audit.loads`: one row per load or batch, to know which shop a warehouse holds and until when.

A loader writes its row in the transaction that changes the raw tables; on Spark, which has no
transactions, as its last step.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.sql import literal
from ecommerce_analytics.paths import DAY_FILE, MANIFEST

LOADS: Final = "audit.loads"
SYNTHETIC: Final = "synthetic"
OWN: Final = "own"

_COLUMNS: Final[Mapping[str, str]] = {
    "load_id": "bigint",
    "loaded_at": "timestamp",
    "kind": "text",
    "shop_kind": "text",
    "shop_name": "text",
    "spec": "text",
    "last_day": "date",
    "row_count": "bigint",
}


@dataclass(frozen=True)
class Load:
    """The description of a directory's files, before they are loaded.

    Attributes:
        kind: `shop` for a whole shop, `day` for a day of a generated one, `batch` for any other
            changes.
        shop_kind: `synthetic` or `own`.
        shop_name: The directory's name.
        spec: A generated shop's parameters as JSON; null for other shops, and for a day.
        last_day: The last day of the files; null if only the rows contain it.
    """

    kind: str
    shop_kind: str
    shop_name: str
    spec: str | None = None
    last_day: date | None = None

    @classmethod
    def of_shop(cls, source: Path) -> "Load":
        """A whole shop's files."""
        document = _read(source / MANIFEST)
        if document is None:
            return cls("shop", OWN, source.resolve().name)
        try:
            spec, end = spec_of(document), date.fromisoformat(document["spec"]["end"])
        except (KeyError, TypeError, ValueError) as error:
            raise EcomError(_unreadable(source / MANIFEST, error)) from error
        return cls("shop", SYNTHETIC, source.resolve().name, spec, end)

    @classmethod
    def of_batch(cls, source: Path) -> "Load":
        """A batch of changes."""
        document = _read(source / DAY_FILE)
        if document is None:
            return cls("batch", OWN, source.resolve().name)
        try:
            day = date.fromisoformat(document["day"])
        except (KeyError, TypeError, ValueError) as error:
            raise EcomError(_unreadable(source / DAY_FILE, error)) from error
        return cls("day", SYNTHETIC, source.resolve().name, None, day)


def spec_of(manifest: Mapping[str, object]) -> str:
    """The parameters that determine a generated shop's rows, from its manifest, as canonical JSON.

    The file format is not included.
    """
    names = ("format_version", "spec", "shop_timezone")
    return json.dumps({name: manifest[name] for name in names}, sort_keys=True)


def _read(path: Path) -> Any:
    """A file written by the simulator; null if there is none.

    Raises:
        EcomError: It cannot be read, so the kind of shop is unknown.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise EcomError(_unreadable(path, error)) from error


def _unreadable(path: Path, error: Exception) -> str:
    return f"cannot read {path}: {error}; generate the shop again"


def create_table(table: str, text_type: str, ending: str = "") -> str:
    """The statement that creates the table if it does not exist."""
    columns = ", ".join(
        f"{name} {text_type if kind == 'text' else kind}" for name, kind in _COLUMNS.items()
    )
    return f"create table if not exists {table} ({columns}){ending}"


def insert(
    load: Load,
    rows: Iterable[int],
    loaded_at: datetime | str,
    orders: str,
    loads: str = LOADS,
) -> str:
    """The statement that adds a load's row, after the raw tables' rows.

    Args:
        load: What was loaded.
        rows: Number of loaded rows by table.
        loaded_at: The load time of the rows, UTC without a zone; or an SQL expression for it.
        orders: The raw table whose last order's day is used if the files have no last day.
        loads: The table's name, if it is in another database than the session's.

    Returns:
        An `insert`, without a semicolon.
    """
    if not isinstance(loaded_at, str):
        loaded_at = literal(loaded_at.isoformat(sep=" "))
    last_order = f"(select max(ordered_at) from {orders})"  # noqa: S608
    last_day = last_order if load.last_day is None else literal(str(load.last_day))
    return (
        f"insert into {loads} "  # noqa: S608
        f"select coalesce(max(load_id), 0) + 1, "
        f"cast({loaded_at} as timestamp), "
        f"{literal(load.kind)}, {literal(load.shop_kind)}, {literal(load.shop_name)}, "
        f"{'null' if load.spec is None else literal(load.spec)}, "
        f"cast({last_day} as date), {sum(rows)} from {loads}"
    )
