"""Writes order exports in Shopify's layout."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

FILES: Final = Path(__file__).with_name("files")
ORDERS, CUSTOMERS, PRODUCTS = (
    FILES / f"{kind}_export.csv" for kind in ("orders", "customers", "products")
)
with ORDERS.open(encoding="utf-8", newline="") as file:
    HEADER: Final = tuple(next(csv.reader(file)))

Row = Mapping[str, str]


def line(price: str, quantity: int = 1, **values: str) -> dict[str, str]:
    """An order line; keyword arguments are column names with underscores for blanks."""
    given = {name.replace("_", " "): value for name, value in values.items()}
    return {
        "Lineitem quantity": str(quantity),
        "Lineitem name": "Mug",
        "Lineitem price": price,
        "Lineitem sku": "MUG",
        "Lineitem requires shipping": "true",
        "Lineitem discount": "0.00",
    } | given


def order(number: int, total: str, *lines: Row, **values: str) -> list[Row]:
    """An order's rows: its own columns are on the first one only.

    By default Subtotal is Total, without shipping, tax and discounts.
    """
    created = values.pop("Created_at", "2026-05-14 11:23:45 +0100")
    given = {name.replace("_", " "): value for name, value in values.items()}
    known = {"Name": f"#{number}", "Email": given.pop("Email", ""), "Created at": created}
    first = {
        "Financial Status": "paid",
        "Fulfillment Status": "unfulfilled",
        "Currency": "EUR",
        "Subtotal": total,
        "Shipping": "0.00",
        "Taxes": "0.00",
        "Total": total,
        "Discount Amount": "0.00",
        "Refunded Amount": "0.00",
        "Id": str(5551234560000 + number),
    } | given
    return [
        {**known, **(first if position == 0 else {}), **each}
        for position, each in enumerate(lines or (line(total),))
    ]


def write(path: Path, *orders: Iterable[Row], header: Sequence[str] = HEADER) -> Path:
    """Write an export."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", extrasaction="ignore")
        writer.writeheader()
        for rows in orders:
            writer.writerows(rows)
    return path


def rows(folder: Path, table: str, columns: str, order_by: str = "1") -> list[tuple[Any, ...]]:
    """Columns of an imported table."""
    path = folder / f"{table}.parquet"
    with duckdb.connect() as connection:
        return connection.execute(
            f"select {columns} from read_parquet('{path}') order by {order_by}"  # noqa: S608
        ).fetchall()
