"""WooCommerce's orders, products, customers and refunds, in the JSON of its REST interface.

The source of each contract column is in the SQL files of this directory.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.imports.mapping import (
    Imported,
    Options,
    add_functions,
    finish,
    query_notes,
    reason,
    require_place,
    run_mapping,
)
from ecommerce_analytics.load.sql import literal, reader

_HERE: Final = Path(__file__).parent
# The required fields of each kind of object.
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": ("id", "status", "date_created_gmt", "currency", "total", "line_items"),
    "products": ("id", "name", "type", "price"),
    "customers": ("id", "email", "billing"),
    "refunds": ("id", "parent_id", "date_created_gmt", "amount"),
}


def import_woocommerce(folder: Path, out: Path | None) -> Imported:
    """Map a folder of WooCommerce's JSON to files of the source contract.

    Args:
        folder: Has `orders.json`, and optionally `products.json`, `customers.json` and
            `refunds.json`: arrays as the REST interface returns them.
        out: Where to write the files; None for a dry run.

    Returns:
        The result, with notes.

    Raises:
        EcomError: A file is missing, is not JSON, or has other content.
    """
    started = time.perf_counter()
    if out:
        require_place(out)
    if not (folder / "orders.json").is_file():
        raise EcomError(
            f"{folder} has no orders.json, expected what WooCommerce's REST interface answers to "
            "/orders, as one array"
        )
    with reader() as connection:
        add_functions(connection, Options())
        headers = {kind: _read(connection, folder / f"{kind}.json", kind) for kind in _REQUIRED}
        tables = run_mapping(connection, _HERE, headers)
        notes = query_notes(connection, _HERE / "notes.sql")
        return finish(connection, tables, out, notes, started)


def _read(connection: duckdb.DuckDBPyConnection, path: Path, kind: str) -> set[str]:
    """Read a file's objects, the last one per id; returns their fields."""
    table = f"{kind}_export"
    if not path.is_file():
        connection.execute(
            f"create temp table {table} as select cast(null as json) as body where false"
        )
        return set()
    try:
        connection.execute(
            f"create temp table {table} as select body from ("  # noqa: S608
            "select body, row_number() over () as place from "
            f"read_json_objects({literal(str(path))}, format = 'array', "
            "maximum_object_size = 100000000) as objects (body)"
            ") qualify row_number() over (partition by body ->> '$.id' order by place desc) = 1"
        )
    except duckdb.Error as error:
        raise EcomError(
            f"{path} is not a whole JSON array, expected {kind} as WooCommerce's REST interface "
            f"answers them: {reason(error)}"
        ) from error
    rows = connection.execute(
        f"select distinct unnest(json_keys(body)) from {table}"  # noqa: S608
    ).fetchall()
    fields = {name for (name,) in rows}
    if missing := [name for name in _REQUIRED[kind] if name not in fields]:
        if not fields and kind != "orders":
            return fields
        found = ", ".join(sorted(fields)[:6]) or "nothing"
        raise EcomError(
            f"{path} has objects without {', '.join(missing)} (found {found}), expected {kind} as "
            "WooCommerce's REST interface answers them"
        )
    return fields
