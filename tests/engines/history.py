"""A shop's last five days as five batches of changes, and the shop before them.

The rows are a generated shop's. Each reaches the warehouse on the day on which it happened, some
orders three weeks late; until its last change an order has its initial state. Each day also has
other changes: prices, addresses, corrected lines, deletes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from ecommerce_analytics.contract import load_contract

DAYS: Final = 5
# The first of the five days, when the base is loaded; each following day has a batch.
_START: Final = datetime(2025, 12, 27, tzinfo=UTC)
LOADS: Final[Sequence[datetime]] = [
    datetime(2025, 12, 27, 6, tzinfo=UTC) + timedelta(days=n) for n in range(DAYS + 1)
]

_DAY: Final = f"date_diff('day', date '{_START:%Y-%m-%d}', {{}}) + 1"
_LATE: Final = "order_id % 5 = 0 and ordered_at between '2025-12-06' and '2025-12-27'"
_WITH_ITS_ORDER: Final = "(select arrival from arrivals where arrivals.order_id = t.order_id)"
# The day on which a row arrives; 0 and below means from the start.
_ARRIVAL: Final[Mapping[str, str]] = {
    "customers": _DAY.format("signed_up_at"),
    "orders": f"case when {_LATE} then 4 else {_DAY.format('ordered_at')} end",
    "order_items": _WITH_ITS_ORDER,
    "refunds": f"greatest({_DAY.format('refunded_at')}, {_WITH_ITS_ORDER})",
    "marketing_touchpoints": _DAY.format("touched_at"),
    "campaign_spend_daily": _DAY.format("spend_date"),
    "inventory_levels": _DAY.format("level_date"),
}
_PLACED: Final = (
    "'processing' as order_status, null::timestamp as shipped_at, "
    "null::timestamp as delivered_at, null::timestamp as cancelled_at, ordered_at as updated_at"
)
_PLAIN: Final = (
    "order_status = 'delivered' and not is_test and order_id not in (select order_id from refunds)"
)
_CORRECTED: Final = f"(select min(order_id) from orders where {_PLAIN})"  # noqa: S608
_UNIT_PRICE: Final = (
    "(select any_value(unit_price) from order_items "  # noqa: S608
    f"where order_items.order_id = {_CORRECTED} and line_number = 1)"
)
_DELETED: Final = f"(select max(order_id) from orders where {_PLAIN} and updated_at < '2025-12-01')"  # noqa: S608
_UNSOLD: Final = "product_id not in (select product_id from order_items) and product_id % 2 = 0"


@dataclass(frozen=True)
class _Change:
    """A day's change of existing rows: the columns that replace the final shop's values."""

    day: int
    table: str
    replaced: str
    where: str

    @property
    def query(self) -> str:
        """The complete rows."""
        changed_at = _START + timedelta(days=self.day - 1, hours=12)
        stamp = f", timestamp '{changed_at:%Y-%m-%d %H:%M:%S}' as updated_at"
        has_stamp = "updated_at" in {c.name for c in load_contract().table(self.table).columns}
        return (
            f"select * replace ({self.replaced}{stamp if has_stamp else ''}) "  # noqa: S608
            f"from {self.table} where {self.where}"
        )


_CHANGES: Final = (
    _Change(1, "products", "list_price + 1.25 as list_price", "product_id % 7 = 1"),
    _Change(
        2,
        "customers",
        "'Elsewhere' as city, 'moved' || customer_id || '@example.org' as email",
        "customer_id % 40 = 3 and signed_up_at < '2025-12-01'",
    ),
    _Change(
        3,
        "order_items",
        "quantity + 1 as quantity, line_total + unit_price as line_total",
        f"order_id = {_CORRECTED} and line_number = 1",
    ),
    _Change(
        3,
        "orders",
        f"subtotal + {_UNIT_PRICE} as subtotal, order_total + {_UNIT_PRICE} as order_total",
        f"order_id = {_CORRECTED}",
    ),
    _Change(
        5,
        "marketing_touchpoints",
        "'display' as channel, null::bigint as campaign_id",
        "touchpoint_id % 50 = 7 and touched_at between '2025-02-01' and '2025-12-01'",
    ),
)
_DELETES: Final[Mapping[int, Mapping[str, str]]] = {
    4: {
        "orders": f"order_id = {_DELETED}",
        "order_items": f"order_id = {_DELETED}",
        "customers": "customer_id % 10 = 1 and customer_id not in "
        "(select customer_id from orders where customer_id is not null) and customer_id not in "
        "(select customer_id from marketing_touchpoints where customer_id is not null)",
    },
    5: {
        "products": _UNSOLD,
        "inventory_levels": _UNSOLD,
        "refunds": "refund_id = (select min(refund_id) from refunds)",
        "marketing_touchpoints": "touchpoint_id % 60 = 11 and touched_at between "
        "'2025-02-01' and '2025-12-01'",
    },
}


@dataclass(frozen=True)
class History:
    """Directories for the loader: the shop before the five days, and each day's batch."""

    base: Path
    batches: Sequence[Path]


def write_history(shop: Path, out: Path) -> History:
    """Write a shop's base and its last five days.

    Args:
        shop: A generated shop's directory that ends with 2025.
        out: An empty directory.

    Returns:
        The directories.
    """
    base, *batches = directories = [out / f"day{day}" for day in range(DAYS + 1)]
    with duckdb.connect() as db:
        for table in load_contract().tables:
            db.execute(f"create view {table.name} as from '{shop / table.name}.parquet'")
        db.execute(
            "create table arrivals as "  # noqa: S608
            f"select order_id, {_ARRIVAL['orders']} as arrival from orders"
        )
        for day, directory in enumerate(directories):
            directory.mkdir(parents=True)
            for table in load_contract().tables:
                _write(db, _batch(table.name, day), directory / f"{table.name}.parquet", day)
                deletes = _DELETES.get(day, {}).get(table.name)
                if deletes:
                    key = ", ".join(table.key)
                    query = f"select {key} from {table.name} where {deletes}"  # noqa: S608
                    _write(db, query, directory / f"{table.name}.deleted.parquet", day)
    return History(base, batches)


def _batch(table: str, day: int) -> str:
    """The rows of a table in a day's batch: the latest version of each key."""
    arrival = _ARRIVAL.get(table, "0")
    when = "arrival <= 0" if day == 0 else f"arrival = {day}"
    arrived = f"select * from (select *, {arrival} as arrival from {table} as t) where {when}"  # noqa: S608
    new = f"select * exclude (arrival) from ({arrived})"  # noqa: S608
    if table == "orders":
        changed = _DAY.format("updated_at")
        new = (
            f"select * exclude (arrival) replace ({_PLACED}) from ({arrived}) "  # noqa: S608
            f"where {changed} > {day} union all by name "
            f"select * exclude (arrival) from ({arrived}) where {changed} <= {day}"
        )
        if day:
            new += (
                " union all by name "  # noqa: S608
                "select orders.* from orders join arrivals using (order_id) "
                f"where arrival < {day} and {changed} = {day}"
            )
    changes = [change.query for change in _CHANGES if (change.day, change.table) == (day, table)]
    return " union all by name ".join([new, *changes])


def _write(db: duckdb.DuckDBPyConnection, query: str, path: Path, day: int) -> None:
    rows = db.sql(query)
    # A table without changes on a day has no file for it; the base has every table.
    if day == 0 or rows.limit(1).fetchall():
        rows.write_parquet(str(path))
