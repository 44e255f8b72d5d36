"""Files as shops export them: separators, decimal commas, text keys, extra and missing columns."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecommerce_analytics.contract import Contract, load_contract
from ecommerce_analytics.engines.duckdb.merge import apply_changes
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load import load_shop

from .conftest import Rows, Shop, rows_of, write_csv, write_parquet

Query = Callable[[str], list[tuple[Any, ...]]]

_CONTRACT = load_contract()
_ITEMS = _CONTRACT.table("order_items")
_NUMBERS = {"quantity", "unit_price", "discount", "line_total", "unit_cost", "tax_amount"}


def _written(rows: Rows, delimiter: str = ",") -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _items(*prices: str, **others: str) -> Rows:
    """Order lines with these unit prices; their other numbers have no decimals or thousands."""
    rows = rows_of(_ITEMS, len(prices))
    for row, price in zip(rows, prices, strict=True):
        row.update(dict.fromkeys(_NUMBERS & row.keys(), "3"), unit_price=price, **others)
    return rows


def _fault(shop: Shop, warehouse: Path, contract: Contract | None = None) -> str:
    with pytest.raises(EcomError) as rejection:
        load_shop(shop.directory, warehouse, contract=contract)
    assert not warehouse.exists()
    return str(rejection.value).replace(f"{shop.directory}/", "")


@pytest.mark.parametrize(
    ("delimiter", "prices", "loaded", "note"),
    [
        (";", ("12,5", "1.234,56", "7"), ("12.5", "1234.56", "7"), "semicolons, decimal commas"),
        (";", ("12.5", "1234.56", "7."), ("12.5", "1234.56", "7"), "semicolons"),
        (";", ("3", "4", "5"), ("3", "4", "5"), "semicolons"),
        ("\t", ("12,5", "0,125", "12,500"), ("12.5", "0.125", "12.5"), "tabs, decimal commas"),
        ("\t", ("1.125", "1234.125", "2"), ("1.125", "1234.125", "2"), "tabs"),
        (",", ("12,5", "-1.234,5", "7,"), ("12.5", "-1234.5", "7"), "decimal commas"),
        (",", ("1.234", "2", "3"), ("1.234", "2", "3"), ""),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_separators_and_decimal_commas_are_detected(
    shop: Shop,
    warehouse: Path,
    query: Query,
    delimiter: str,
    prices: tuple[str, ...],
    loaded: tuple[str, ...],
    note: str,
    mark: str,
) -> None:
    """Separators and decimal commas are detected and mentioned, so that errors are visible."""
    shop.write_text("order_items", mark + _written(_items(*prices), delimiter))
    notes = load_shop(shop.directory, warehouse).notes
    found = query("select unit_price from raw_data.order_items order by order_item_id")
    assert found == [(Decimal(price),) for price in loaded]
    said = note.replace("semicolons", "semicolons between values").replace(
        "tabs", "tabs between values"
    )
    assert notes == ((f"Read order_items.csv with {said.replace(', ', ' and ')}",) if note else ())


@pytest.mark.parametrize(
    ("delimiter", "prices", "sentence"),
    [
        (
            ";",
            ("3", "1.234"),
            "found '1.234', which is 1234 or 1.234, and no number of the file decides which; "
            "write all of them as 1299.00",
        ),
        (
            ",",
            ("3", "1,234"),
            "found '1,234', which is 1234 or 1.234, and no number of the file decides which; "
            "write all of them as 1299.00",
        ),
        # The other numbers show a decimal comma; the ambiguous one is not read as a thousand.
        (
            ";",
            ("12,50", "1.234"),
            "found '1.234', expected a number of at most 14 digits with at most 4 decimals",
        ),
        (
            ",",
            ("12.50", "12,5"),
            "found '12,5', expected a number of at most 14 digits with at most 4 decimals",
        ),
        (
            ",",
            ("12.50", "1,234.50"),
            "found '1,234.50', expected a number of at most 14 digits with at most 4 decimals",
        ),
    ],
)
def test_a_number_that_may_be_two_is_not_guessed(
    shop: Shop, warehouse: Path, delimiter: str, prices: tuple[str, ...], sentence: str
) -> None:
    """An ambiguous number is not guessed, because it could be wrong by a factor of a thousand."""
    shop.write_text("order_items", _written(_items(*prices), delimiter))
    assert _fault(shop, warehouse) == f"order_items.csv, line 3, column unit_price: {sentence}"


_CENTS = st.integers(-(10**9), 10**9)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    amounts=st.lists(_CENTS, min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t"),
    comma=st.booleans(),
    grouped=st.booleans(),
)
def test_amounts_load_as_they_were_written(
    shop: Shop, tmp_path: Path, amounts: list[int], delimiter: str, comma: bool, grouped: bool
) -> None:
    """Amounts written with two decimals are never ambiguous, with any separator."""
    import duckdb

    texts = []
    for amount in amounts:
        text = (
            f"{Decimal(amount) / 100:,.2f}" if grouped and comma else f"{Decimal(amount) / 100:.2f}"
        )
        texts.append(text.translate(str.maketrans(",.", ".,")) if comma else text)
    shop.write_text("order_items", _written(_items(*texts), delimiter))
    path = tmp_path / "drawn.duckdb"
    load_shop(shop.directory, path)
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "select unit_price from raw_data.order_items order by order_item_id"
        ).fetchall()
    assert found == [(Decimal(amount) / 100,) for amount in amounts]


def test_one_line_names_how_each_file_was_read(shop: Shop, warehouse: Path) -> None:
    """There is one line per kind of file, not per file."""
    for table in ("customers", "products"):
        shop.write_text(table, _written(rows_of(_CONTRACT.table(table)), ";"))
    shop.write_text("campaigns", _written(rows_of(_CONTRACT.table("campaigns")), "\t"))
    assert load_shop(shop.directory, warehouse).notes == (
        "Read customers.csv, products.csv with semicolons between values; "
        "campaigns.csv with tabs between values",
    )


def test_columns_beyond_the_contract_are_ignored(shop: Shop, warehouse: Path, query: Query) -> None:
    """Extra columns with any name or none are ignored, in CSV and in Parquet."""
    text = _written(rows_of(_CONTRACT.table("orders")))
    header, *lines = text.splitlines()
    lines = [f'x,{line},"a, b",,' for line in lines]
    odd = "a\x1b[31mb"
    shop.write_text("orders", "\n".join([f"Note,{header},{odd},,", *lines, ""]))
    path = shop.path("products", "parquet")
    nested = pa.array([{"order_id": 1, "tags": ["x"]}] * 3)
    pq.write_table(pq.read_table(path).append_column("extra", nested), path)
    summary = load_shop(shop.directory, warehouse)
    assert summary.notes == (
        "Ignored columns that the contract does not know: "
        "orders.csv (Note, 'a\\x1b[31mb', '', ''); products.parquet (extra)",
    )
    assert query("select order_id, currency, is_test from raw_data.orders order by all") == [
        (1, "x", False),
        (2, "x", False),
        (3, "x", False),
    ]
    assert query("select count(product_name) from raw_data.products") == [(3,)]


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_optional_columns_may_be_absent(
    shop: Shop, warehouse: Path, query: Query, file_format: str
) -> None:
    """Absent optional columns are null; a misspelt column is named beside the absent one."""
    table = _CONTRACT.table("products")
    rows = [
        {
            c.name: value
            for c, value in zip(table.file_columns, row.values(), strict=True)
            if not c.optional
        }
        for row in rows_of(table)
    ]
    shop.path("products", "parquet").unlink()
    path = shop.path("products", file_format)
    if file_format == "csv":
        write_csv(path, [{**row, "brands": "x"} for row in rows])
    else:
        kept = tuple(c for c in table.columns if not c.optional)
        write_parquet(path, type(table)(table.name, table.optional, kept), rows)
    notes = load_shop(shop.directory, warehouse).notes
    assert query("select count(*), count(brand), count(sku) from raw_data.products") == [(3, 0, 0)]
    assert query(
        "select count(*) from information_schema.columns where table_name = 'products'"
    ) == [(len(table.columns),)]
    if file_format == "csv":
        assert notes == (
            "Ignored columns that the contract does not know: "
            "products.csv (brands, brand is absent)",
        )


def test_money_in_floating_point_is_mentioned(shop: Shop, warehouse: Path) -> None:
    """Floating point money is rounded, with a note."""
    shop.write_arrow("orders", "order_total", pa.array([12.1, 3 * 12.1]))
    assert load_shop(shop.directory, warehouse).notes == (
        "Read floating point as decimals: orders.parquet (order_total)",
    )


@pytest.fixture
def text_keys() -> Contract:
    """The contract of a shop whose keys are text."""
    return load_contract(key_type="string")


def _with_text_keys(shop: Shop, contract: Contract, *keys: str) -> None:
    for table in contract.tables:
        if table.optional:
            continue
        rows = rows_of(table, len(keys))
        for row, key in zip(rows, keys, strict=True):
            row.update({c.name: key for c in table.columns if c.is_key or c.references})
        shop.path(table.name, "parquet").unlink(missing_ok=True)
        write_csv(shop.path(table.name), rows)


def test_text_keys_stay_as_written(
    shop: Shop, warehouse: Path, query: Query, text_keys: Contract
) -> None:
    """Zeros, decimals, blanks, case and digits beyond a bigint make different text keys."""
    keys = ["001", "1", "1.0", " 1", "a", "A", "é", "e\u0301", "12345678901234567890"]
    _with_text_keys(shop, text_keys, *keys)
    load_shop(shop.directory, warehouse, contract=text_keys)
    stored = [key for (key,) in query("select order_id from raw_data.orders")]
    # Rows are stored in the order of their keys, which compare by bytes.
    assert stored == sorted(keys, key=lambda key: key.encode())
    assert query("select count(distinct customer_id) from raw_data.orders") == [(len(keys),)]


def test_a_text_key_is_neither_empty_nor_there_twice(
    shop: Shop, warehouse: Path, text_keys: Contract
) -> None:
    """Empty and duplicate text keys are reported, with control characters escaped."""
    _with_text_keys(shop, text_keys, "a", "b\x1b[31m\u202e", "b\x1b[31m\u202e")
    sentence = _fault(shop, warehouse, text_keys)
    assert sentence.startswith("found 5 faults, nothing was loaded:\n")
    assert (
        "orders.csv, line 4, column order_id: 'b\\x1b[31m\\u202e' is already the key of line 3, "
        "expected every key once" in sentence
    )
    _with_text_keys(shop, text_keys, "a", "", "c")
    assert "orders.csv, line 3, column order_id is empty, expected some text" in _fault(
        shop, warehouse, text_keys
    )


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 2], pa.int64()),
        pa.array([1.0, 2.0]),
        pa.array([Decimal(1), Decimal(2)], pa.decimal128(38, 9)),
        pa.array(["1", "2"]),
    ],
    ids=["integers", "doubles", "decimals", "text"],
)
def test_numbers_for_text_keys_are_their_digits(
    shop: Shop, warehouse: Path, query: Query, text_keys: Contract, values: "pa.Array[Any]"
) -> None:
    """Numeric keys become their digits, even if one table has integers and another doubles."""
    _with_text_keys(shop, text_keys, "1", "2")
    shop.path("orders").unlink()
    rows = rows_of(text_keys.table("orders"), 2)
    path = shop.path("orders", "parquet")
    write_parquet(
        path,
        text_keys.table("orders"),
        [{**row, "order_id": "x", "customer_id": "x", "campaign_id": "x"} for row in rows],
    )
    whole = pq.read_table(path)
    for name in ("order_id", "customer_id"):
        whole = whole.set_column(whole.schema.get_field_index(name), name, values)
    pq.write_table(whole, path)
    load_shop(shop.directory, warehouse, contract=text_keys)
    assert query("select order_id, customer_id from raw_data.orders") == [("1", "1"), ("2", "2")]


def test_a_batch_reports_the_faults_of_rows_and_of_keys(
    shop: Shop, warehouse: Path, tmp_path: Path
) -> None:
    """One message has the faults of rows and keys, and how the files were read."""
    load_shop(shop.directory, warehouse)
    batch = tmp_path / "batch"
    batch.mkdir()
    rows = rows_of(_CONTRACT.table("orders"))
    rows[0]["order_total"] = "x"
    write_csv(batch / "orders.csv", rows)
    (batch / "products.deleted.csv").write_text("product_id\nnone\n", encoding="utf-8")
    with pytest.raises(EcomError) as rejection:
        apply_changes(batch, warehouse)
    assert str(rejection.value).replace(f"{batch}/", "").splitlines() == [
        "found 2 faults, nothing was loaded:",
        "  orders.csv, line 2, column order_total: found 'x', "
        "expected a number of at most 16 digits with at most 2 decimals",
        "  products.deleted.csv, line 2, column product_id: found 'none', "
        "expected a whole number in the range of bigint; "
        "where keys are text, set key_type in dbt_project.yml",
    ]
    rows[0]["order_total"] = "1"
    (batch / "orders.csv").write_text(_written(rows, ";"), encoding="utf-8")
    (batch / "products.deleted.csv").write_text("product_id,why\n3.0,gone\n", encoding="utf-8")
    assert apply_changes(batch, warehouse).notes == (
        "Read orders.csv with semicolons between values",
        "Ignored columns that the contract does not know: products.deleted.csv (why)",
    )


def test_a_blank_before_the_offset(shop: Shop, warehouse: Path, query: Query) -> None:
    """A blank before the offset, which databases and shop systems write, is accepted."""
    rows = rows_of(_CONTRACT.table("orders"))
    rows[0]["ordered_at"] = "2023-04-10 12:00:00 -0400"
    shop.write("orders", rows)
    load_shop(shop.directory, warehouse)
    assert query("select ordered_at from raw_data.orders where order_id = 1") == [
        (datetime(2023, 4, 10, 16),)  # noqa: DTZ001
    ]
