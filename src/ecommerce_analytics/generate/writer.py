"""Writes the shop's files to a temporary folder, chunk by chunk, and swaps it in when complete."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.folders import replace_folder
from ecommerce_analytics.generate import truth
from ecommerce_analytics.generate.columns import Column
from ecommerce_analytics.generate.spec import FORMAT_VERSION, ShopSpec
from ecommerce_analytics.paths import MANIFEST

FileFormat = Literal["parquet", "csv"]

_TRUTH: Final = {
    "truth/customers": truth.CUSTOMERS,
    "truth/campaigns": truth.CAMPAIGNS,
    "truth/products": truth.PRODUCTS,
}
# Columns with few distinct values, for which dictionary encoding pays off.
_REPEATING: Final = frozenset(
    {
        "segment", "state", "country", "city", "acquisition_channel", "order_status", "currency",
        "campaign_id", "channel", "touch_type", "line_number", "product_id", "quantity",
        "unit_price", "unit_cost", "category", "subcategory", "brand", "level_date", "spend_date",
        "shipping_total",
    }
)  # fmt: skip

# Optional columns of the contract that this shop does not have.
_NOT_RECORDED: Final = {
    "orders": frozenset(
        {
            "delivery_country", "delivery_region", "payment_method", "promised_date",
            "prices_include_tax",
        }
    ),
    "order_items": frozenset({"line_type", "tax_amount"}),
}  # fmt: skip


class _Sink(Protocol):
    def write_table(self, table: pa.Table, row_group_size: int | None = None) -> None: ...

    def close(self) -> None: ...


class _CsvSink:
    """CSV for `ecom load` and most tools: ISO dates, whole seconds, empty for null."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = pa.schema([_csv_field(field) for field in schema])
        self._writer = pa_csv.CSVWriter(str(path), self._schema)

    def write_table(self, table: pa.Table, row_group_size: int | None = None) -> None:
        del row_group_size
        self._writer.write_table(table.cast(self._schema))

    def close(self) -> None:
        self._writer.close()


def _csv_field(field: "pa.Field[Any]") -> "pa.Field[Any]":
    """Timestamps without microseconds, which CSV would print."""
    return field.with_type(pa.timestamp("s")) if pa.types.is_timestamp(field.type) else field


class ShopWriter:
    """The open files of one shop; rows are counted as they are written."""

    def __init__(self, folder: Path, file_format: FileFormat) -> None:
        """Open a file per contract table, and the truth, in `folder`."""
        contract = {table.name: table.arrow_schema for table in load_contract().tables}
        self._schemas = {**contract, **_TRUTH}
        self.rows = dict.fromkeys(contract, 0)
        (folder / "truth").mkdir()
        self._sinks: dict[str, _Sink] = {}
        for name, schema in self._schemas.items():
            if file_format == "csv" and name in contract:
                self._sinks[name] = _CsvSink(folder / f"{name}.csv", schema)
            else:
                self._sinks[name] = _parquet(folder / f"{name}.parquet", schema)

    def table(self, name: str, columns: list[Column]) -> pa.Table:
        """The columns, in the contract's order, as a table of the contract's types.

        Columns that the shop does not have are null.
        """
        schema = self._schemas[name]
        left_out = _NOT_RECORDED.get(name, frozenset())
        recorded = [field for field in schema if field.name not in left_out]
        typed = {
            field.name: _typed(column, field.type)
            for column, field in zip(columns, recorded, strict=True)
        }
        rows = len(columns[0])
        return pa.Table.from_arrays(
            [
                typed[field.name] if field.name in typed else pa.nulls(rows, field.type)
                for field in schema
            ],
            schema=schema,
        )

    def write(self, name: str, table: pa.Table) -> None:
        """Append `table` as one row group."""
        if name in self.rows:
            self.rows[name] += table.num_rows
        if table.num_rows:
            self._sinks[name].write_table(table, row_group_size=table.num_rows)

    def close(self) -> None:
        """Finish every file."""
        for sink in self._sinks.values():
            sink.close()


def _typed(column: Column, wanted: pa.DataType) -> Column:
    if column.type == wanted:
        return column
    if pa.types.is_decimal(wanted) and pa.types.is_integer(column.type):
        # Arrow checks whether every int64 fits; an int32 always does.
        column = pc.cast(column, pa.int32())
    return pc.cast(column, wanted)


def _parquet(path: Path, schema: pa.Schema) -> _Sink:
    repeating = [name for name in schema.names if name in _REPEATING]
    # The stubs declare `use_dictionary` as a bool; it also accepts a list of columns.
    options: dict[str, Any] = {"use_dictionary": repeating}
    sink: _Sink = pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, **options)
    return sink


def write_manifest(
    folder: Path, spec: ShopSpec, timezone: str, file_format: FileFormat, rows: Mapping[str, int]
) -> None:
    """Write `shop.json`: parameters and row counts, without time and place."""
    manifest: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "spec": {key: str(v) if key in {"start", "end"} else v for key, v in asdict(spec).items()},
        "shop_timezone": timezone,
        "file_format": file_format,
        "rows": dict(rows),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


@contextmanager
def replaced_folder(out: Path) -> Iterator[Path]:
    """A temporary folder that replaces `out` when the block succeeds.

    Raises:
        EcomError: `out` contains something other than a shop, or cannot be written.
    """
    out = out.resolve()
    try:
        _refuse_strangers(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out, "partial")
        made = out.parent / f".{out.name}.{os.getpid()}.partial"
        made.mkdir()
    except OSError as error:
        raise EcomError(_unwritable(out, error)) from error
    try:
        yield made
        old = made.with_suffix(".old")
        replace_folder(made, out, old)
        if old.exists():
            shutil.rmtree(old)
        _sweep(out, "old")
    except OSError as error:
        raise EcomError(_unwritable(out, error)) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _unwritable(out: Path, error: OSError) -> str:
    return f"cannot write the shop to {out}: {error.strerror or error}; choose another --out"


def _refuse_strangers(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise EcomError(f"{out} is a file; choose a folder for the shop")
    if any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise EcomError(
            f"{out} is not empty and holds no {MANIFEST}, so it is not a shop; "
            "choose another folder or empty this one"
        )


def _sweep(out: Path, ending: str) -> None:
    """Remove what killed runs left beside `out`."""
    left = re.compile(rf"\.{re.escape(out.name)}\.(\d+)\.{ending}")
    for path in out.parent.iterdir():
        if (match := left.fullmatch(path.name)) and not _runs(int(match[1])):
            shutil.rmtree(path, ignore_errors=True)


def _runs(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
