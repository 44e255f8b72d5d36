"""Shopify's orders, customers and products exports: recognises and checks them before the SQL.

The source of each contract column is in the SQL files of this directory.
"""

import difflib
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.imports.exports import (
    NOT_DONE,
    Export,
    Shape,
    find_misfits,
    open_export,
    read_rows,
)
from ecommerce_analytics.imports.mapping import (
    NUMBER,
    Imported,
    Options,
    add_functions,
    finish,
    query_notes,
    require_place,
    run_mapping,
)
from ecommerce_analytics.load.faults import FaultsError, Finding, one
from ecommerce_analytics.load.files import shown
from ecommerce_analytics.load.sql import reader

_HERE: Final = Path(__file__).parent

# The required columns of each export, and the optional ones.
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": (
        "Name", "Financial Status", "Currency", "Subtotal", "Shipping", "Taxes", "Total",
        "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
    ),
    "customers": ("Customer ID", "First Name", "Last Name", "Email"),
    "products": ("Handle", "Title", "Variant SKU", "Variant Price"),
}  # fmt: skip
_USED: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": (
        "Email", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing",
        "Discount Amount", "Lineitem sku", "Lineitem requires shipping", "Lineitem discount",
        "Billing Name", "Billing City", "Billing Province", "Billing Country", "Shipping Name",
        "Shipping City", "Shipping Province", "Shipping Country", "Cancelled at", "Payment Method",
        "Refunded Amount", "Vendor", "Id", "Duties",
    ),
    "customers": (
        "Accepts Email Marketing", "Default Address City", "Default Address Province Code",
        "Default Address Country Code", "City", "Province Code", "Country Code",
    ),
    "products": (
        "Vendor", "Type", "Product Category", "Published", "Option1 Value", "Option2 Value",
        "Option3 Value", "Gift Card", "Cost per item", "Status",
    ),
}  # fmt: skip
_NUMBER: Final = Shape(NUMBER, "a number such as 1299.00")
_TIME: Final = Shape(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} ([+-][0-9]{4}|UTC)",
    "a time such as 2026-01-31 13:45:00 +0100; a spreadsheet program may have changed it, so take "
    "the file as Shopify sent it",
)
_ID: Final = Shape(
    "'?[0-9]+",
    "a whole number; a spreadsheet program may have changed it, so take the file as Shopify sent "
    "it",
)
_FLAG: Final = Shape("(?i)true|false|yes|no", "true, false, yes or no")
_SHAPES: Final[Mapping[str, Mapping[str, Shape]]] = {
    "orders": {
        **dict.fromkeys(("Created at", "Paid at", "Fulfilled at", "Cancelled at"), _TIME),
        **dict.fromkeys(
            (
                "Subtotal", "Shipping", "Taxes", "Total", "Discount Amount", "Lineitem quantity",
                "Lineitem price", "Lineitem discount", "Refunded Amount", "Duties",
            ),
            _NUMBER,
        ),
        **dict.fromkeys(("Accepts Marketing", "Lineitem requires shipping"), _FLAG),
        "Id": _ID,
    },
    "customers": {"Customer ID": _ID, "Accepts Email Marketing": _FLAG},
    "products": {
        **dict.fromkeys(("Variant Price", "Cost per item"), _NUMBER),
        **dict.fromkeys(("Published", "Gift Card"), _FLAG),
    },
}  # fmt: skip
_MOST_NAMES: Final = 6


def import_shopify(
    orders: Sequence[Path], customers: Path | None, products: Path | None, out: Path | None
) -> Imported:
    """Map Shopify's exports to files of the source contract.

    Args:
        orders: The orders exports; for an order in several of them the latest counts.
        customers: The customers export, if any.
        products: The products export, if any.
        out: Where to write the files; None for a dry run.

    Returns:
        The result, with notes.

    Raises:
        EcomError: A file is not the expected export, or cannot be read.
    """
    started = time.perf_counter()
    if out:
        require_place(out)
    paths = {
        "orders": list(orders),
        "customers": [customers] if customers else [],
        "products": [products] if products else [],
    }
    exports = {kind: [_open(kind, path) for path in found] for kind, found in paths.items()}
    with reader() as connection:
        add_functions(connection, Options())
        findings: list[Finding] = []
        for kind, files in exports.items():
            view = f"{kind}_export"
            read_rows(connection, view, files, _columns(kind))
            findings += find_misfits(connection, view, files, _SHAPES[kind])
        if findings:
            raise FaultsError(findings, NOT_DONE)
        _require_orders(connection, exports["orders"])
        headers = {
            kind: {name for file in files for name in file.header}
            for kind, files in exports.items()
        }
        tables = run_mapping(connection, _HERE, headers)
        notes = query_notes(connection, _HERE / "notes.sql")
        if not out:
            notes += _unused(exports)
        return finish(connection, tables, out, notes, started)


def _columns(kind: str) -> tuple[str, ...]:
    return _REQUIRED[kind] + _USED[kind]


def _open(kind: str, path: Path) -> Export:
    known = [name for each in _REQUIRED for name in _columns(each)]
    export = open_export(path, known)
    absent = [name for name in _REQUIRED[kind] if not export.column(name)]
    if absent:
        raise FaultsError([one(path, _wrong_export(kind, export, absent))], NOT_DONE)
    if sentence := export.repeated(_columns(kind)):
        raise FaultsError([one(path, sentence)], NOT_DONE)
    return export


def _wrong_export(kind: str, export: Export, absent: Sequence[str]) -> str:
    """The message for a file that lacks columns of the expected export."""
    for other, names in _REQUIRED.items():
        if other != kind and all(export.column(name) for name in names):
            return (
                f"{export.path} is {_export_of(other)} of Shopify, expected {_export_of(kind)}; "
                f"give it as --{other}"
            )
    missing = ", ".join(absent)
    if len(absent) == len(_REQUIRED[kind]):
        return (
            f"{export.path}, line 1 has the columns {_some(export.header)} and none of {missing}; "
            f"expected {_export_of(kind)} as Shopify writes it, whose column names are English"
        )
    unknown = [name for name in export.header if name not in _columns(kind)]
    if close := difflib.get_close_matches(absent[0], unknown, n=1, cutoff=0.8):
        return (
            f"{export.path}, line 1 has a column {shown(close[0])}, expected {absent[0]} as "
            "Shopify names it"
        )
    return (
        f"{export.path}, line 1 has no column {missing}; expected {_export_of(kind)} as Shopify "
        "writes it"
    )


def _export_of(kind: str) -> str:
    return f"{'an' if kind == 'orders' else 'a'} {kind} export"


def _some(names: Iterable[str]) -> str:
    listed = [shown(name) for name in names]
    more = f" and {len(listed) - _MOST_NAMES} more" if len(listed) > _MOST_NAMES else ""
    return ", ".join(listed[:_MOST_NAMES]) + more


def _require_orders(connection: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """Check that every order has a row with totals and a unique number; raises `EcomError`."""
    for position, export in enumerate(exports):
        rows = connection.execute(
            "select count(*) from orders_export where export = ?", [position]
        ).fetchone()
        if not rows or not rows[0]:
            raise EcomError(f"{export.path} has no orders below its header line")
    unnamed = connection.execute(
        'select export from orders_export where "Name" is null order by export limit 1'
    ).fetchone()
    if unnamed:
        raise EcomError(
            f"{exports[unnamed[0]].path} has rows without Name, the order they belong to"
        )
    headless = connection.execute(
        'select export, "Name" from orders_export group by export, "Name" '
        'having count("Total") = 0 or count("Created at") = 0 '
        "order by export, min(row_number) limit 1"
    ).fetchone()
    if headless:
        position, name = headless
        raise EcomError(
            f"{exports[position].path} has lines of the order {name} but not its first row with "
            "Total and Created at; the file is a part of an export, take the whole"
        )
    shared = connection.execute(
        'select export, "Name" from orders_export group by export, "Name" '
        'having count(distinct "Id") > 1 order by export, min(row_number) limit 1'
    ).fetchone()
    if shared:
        position, name = shared
        raise EcomError(
            f"{exports[position].path} has two orders of the name {name} with different Ids; give "
            "the exports of two shops as two files"
        )


def _unused(exports: Mapping[str, Sequence[Export]]) -> list[str]:
    """A sentence with the unused columns of each kind of export."""
    sentences = []
    for kind, files in exports.items():
        known = {name.lower() for name in _columns(kind)}
        names = {n: None for file in files for n in file.header if n and n.lower() not in known}
        if names:
            sentences.append(f"Columns of {kind} that nothing is made of: {', '.join(names)}")
    return sentences
