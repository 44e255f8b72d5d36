"""Files that break the contract are rejected with every fault, and nothing is changed."""

import csv
import io
import shutil
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load import load_shop

from .conftest import Rows, Shop, rows_of

_ORDERS = load_contract().table("orders")
_NAMES = ", ".join(column.name for column in _ORDERS.file_columns if not column.optional)
_MONEY = "a number of at most 16 digits with at most 2 decimals"
_BIGINT = "a whole number in the range of bigint"
_TEXT_KEY = f"{_BIGINT}; where keys are text, set key_type in dbt_project.yml"
_INTEGER = "a whole number in the range of integer"
_WHOLE = "a whole number below 9,007,199,254,740,992, as far as the type double holds them exactly"
_OFFSET = "an offset from UTC of hours and minutes, between -15:59 and +15:59"
_TIME = "a time such as 2026-01-31 13:45:00"
_TYPES = "touch_type in ('click', 'view', 'email', 'direct')"

Refuse = Callable[[str], None]


@pytest.fixture
def refuse(shop: Shop, sound_warehouse: Path, warehouse: Path, tmp_path: Path) -> Refuse:
    """Check that a load is rejected with a sentence and leaves the warehouse as it was."""
    shutil.copyfile(sound_warehouse, warehouse)
    before = warehouse.read_bytes()
    shop_directory = f"{shop.directory}/"

    def check(sentence: str) -> None:
        with pytest.raises(EcomError) as refusal:
            load_shop(shop.directory, warehouse)
        assert str(refusal.value).replace(shop_directory, "") == sentence
        assert warehouse.read_bytes() == before
        assert {path.name for path in tmp_path.iterdir()} == {"shop", warehouse.name}

    return check


def _orders_with(**changes: Any) -> Rows:
    """Three orders, with a change in the second."""
    rows = rows_of(_ORDERS)
    rows[1].update(changes)
    return rows


def _text(rows: Rows | None = None) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [c.name for c in _ORDERS.file_columns], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows or rows_of(_ORDERS))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("order_id", "1.5", _BIGINT),
        ("order_id", "1e3", _TEXT_KEY),
        ("order_id", " 2", _TEXT_KEY),
        ("order_id", "1_000", _TEXT_KEY),
        ("order_id", "9223372036854775808", _TEXT_KEY),
        ("customer_id", "-9223372036854775809", _TEXT_KEY),
        ("order_id", "12345678901234567890", _TEXT_KEY),
        ("customer_id", "C-17", _TEXT_KEY),
        ("order_total", "12.345", _MONEY),
        ("order_total", "12.001", _MONEY),
        ("order_total", "12,50", _MONEY),
        ("order_total", "$12.50", _MONEY),
        ("order_total", "1e2", _MONEY),
        ("order_total", ".5", _MONEY),
        ("order_total", "NaN", _MONEY),
        ("order_total", "12345678901234567.00", _MONEY),
        ("is_test", "maybe", "true or false"),
        ("ordered_at", "2024-01-05", _TIME),
        ("ordered_at", "05/01/2024 10:00:00", _TIME),
        ("ordered_at", "2024-02-30 10:00:00", _TIME),
        ("ordered_at", "2024-01-05 25:00:00", _TIME),
        ("ordered_at", "2024-01-05 10:00:00.1234567", _TIME),
        ("ordered_at", "0000-01-05 10:00:00", _TIME),
        ("ordered_at", "infinity", _TIME),
        ("ordered_at", "2024-01-05 10:00:00+99:99", _OFFSET),
        ("ordered_at", "2024-01-05 10:00:00 +16:00", _OFFSET),
        ("ordered_at", "2024-01-05 10:00:00-05:60", _OFFSET),
        ("ordered_at", "2024-02-30 10:00:00 -04:00", _TIME),
        ("ordered_at", "9999-12-31 23:59:59 -01:00", _TIME),
        ("ordered_at", "2024-01-05 10:00:00  +05:00", _TIME),
        ("ordered_at", "2024-01-05 10:00:00 EST", _TIME),
        ("order_id", "1.000", _BIGINT),
        ("order_id", "1.01", _BIGINT),
        ("order_id", "9223372036854775808.0", _TEXT_KEY),
        ("email", "a\0b", "text without NUL characters"),
    ],
)
def test_a_csv_value_that_is_not_of_its_type(
    shop: Shop, refuse: Refuse, column: str, value: str, expected: str
) -> None:
    """CSV values are not trimmed, rounded or guessed."""
    shop.write("orders", _orders_with(**{column: value}))
    refuse(f"orders.csv, line 3, column {column}: found {value!r}, expected {expected}")


@pytest.mark.parametrize("value", ["2024-1-5", "20240105", "2023-02-29", "2024-01-05 00:00:00"])
def test_a_csv_date_that_is_none(shop: Shop, refuse: Refuse, value: str) -> None:
    """CSV dates have one format, and exist in the calendar."""
    rows = rows_of(load_contract().table("campaigns"))
    rows[1]["end_date"] = value
    shop.write("campaigns", rows)
    refuse(
        f"campaigns.csv, line 3, column end_date: found {value!r}, "
        "expected a date such as 2026-01-31"
    )


def test_a_csv_integer_out_of_range(shop: Shop, refuse: Refuse) -> None:
    """CSV integers are checked against the range of the contract's type."""
    rows = rows_of(load_contract().table("order_items"))
    rows[2]["line_number"] = 2**31
    shop.write("order_items", rows)
    refuse(f"order_items.csv, line 4, column line_number: found '2147483648', expected {_INTEGER}")


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("order_id", _BIGINT),
        ("order_total", _MONEY),
        ("is_test", "true or false"),
        ("ordered_at", _TIME),
        ("currency", "some text"),
        ("order_status", "some text"),
    ],
)
def test_a_null_where_none_may_be(
    shop: Shop, refuse: Refuse, file_format: str, column: str, expected: str
) -> None:
    """Keys and not-null columns need a value in every row."""
    path = shop.write("orders", _orders_with(**{column: None}), file_format)
    place = "line 3" if file_format == "csv" else "row 2"
    refuse(f"{path.name}, {place}, column {column} is empty, expected {expected}")


def test_an_empty_text_is_null_in_parquet_as_in_csv(shop: Shop, refuse: Refuse) -> None:
    """An empty text is null in both formats."""
    shop.write("orders", _orders_with(currency=""), "parquet")
    refuse("orders.parquet, row 2, column currency is empty, expected some text")


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_value_that_the_contract_does_not_list(
    shop: Shop, refuse: Refuse, file_format: str
) -> None:
    """The message shows the `check` constraint as the expected value."""
    rows = rows_of(load_contract().table("marketing_touchpoints"))
    rows[1]["touch_type"] = "Click"
    path = shop.write("marketing_touchpoints", rows, file_format)
    place = "line 3" if file_format == "csv" else "row 2"
    refuse(f"{path.name}, {place}, column touch_type: found 'Click', expected {_TYPES}")


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_key_that_repeats(shop: Shop, refuse: Refuse, file_format: str) -> None:
    """Both rows of a duplicate key are named."""
    path = shop.write("orders", _orders_with(order_id=1), file_format)
    row, first = ("line 3", "line 2") if file_format == "csv" else ("row 2", "row 1")
    refuse(
        f"{path.name}, {row}, column order_id: 1 is already the key of {first}, "
        "expected every key once"
    )


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_key_of_two_columns_that_repeats(shop: Shop, refuse: Refuse, file_format: str) -> None:
    """A key of two columns is checked as a whole."""
    rows = rows_of(load_contract().table("inventory_levels"), 4)
    rows[3].update(product_id=2)
    path = shop.write("inventory_levels", rows, file_format)
    row, first = ("line 5", "line 3") if file_format == "csv" else ("row 4", "row 2")
    refuse(
        f"{path.name}, {row}, columns product_id, level_date: 2, 2024-05-01 is already the key of "
        f"{first}, expected every key once"
    )


def test_a_few_faults_are_all_listed(shop: Shop, refuse: Refuse) -> None:
    """Faults are listed in file order, although rows are read in parallel."""
    rows = rows_of(_ORDERS, 10_000)
    for row in (9_900, 9_000, 9_500):
        rows[row].update(order_total="x")
    shop.write("orders", rows)
    faults = [
        f"  orders.csv, line {line}, column order_total: found 'x', expected {_MONEY}"
        for line in (9002, 9502, 9902)
    ]
    refuse("\n".join(["found 3 faults, nothing was loaded:", *faults]))


def test_many_faults_are_counted_by_file_and_kind(shop: Shop, refuse: Refuse) -> None:
    """The first of every kind of fault is listed, even if one kind alone would fill the list."""
    rows = rows_of(_ORDERS, 1_500)
    for row in rows[:1_200]:
        row["order_total"] = "x"
    rows[1_300].update(order_total="", ordered_at="lost")
    rows[1_400]["order_id"] = 7
    shop.write("orders", rows)
    products = rows_of(load_contract().table("products"))
    products[2]["product_name"] = None
    shop.write("products", products, "parquet")
    shop.write_text("campaigns", "campaign_id\n1\n")
    campaigns = [c.name for c in load_contract().table("campaigns").file_columns]
    lacks = (
        f"line 1 has no columns {', '.join(campaigns[1:])}, "
        f"expected the columns {', '.join(campaigns)}"
    )
    refuse(
        "\n".join(
            [
                "found 1,205 faults, nothing was loaded; the first 20:",
                f"  campaigns.csv, {lacks}",
                f"  orders.csv, line 1302, column ordered_at: found 'lost', expected {_TIME}",
                *(
                    f"  orders.csv, line {line}, column order_total: found 'x', expected {_MONEY}"
                    for line in range(2, 17)
                ),
                f"  orders.csv, line 1302, column order_total is empty, expected {_MONEY}",
                "  orders.csv, line 1402, column order_id: 7 is already the key of line 8, "
                "expected every key once",
                "  products.parquet, row 3, column product_name is empty, expected some text",
                "all faults, by file and kind:",
                f"        1  campaigns.csv, {lacks}",
                f"        1  orders.csv, column ordered_at, expected {_TIME}",
                f"    1,200  orders.csv, column order_total, expected {_MONEY}",
                f"        1  orders.csv, column order_total is empty, expected {_MONEY}",
                "        1  orders.csv, column order_id: a key that is there already",
                "        1  products.parquet, column product_name is empty, expected some text",
            ]
        )
    )


def test_lines_count_as_in_an_editor(shop: Shop, refuse: Refuse) -> None:
    """Line breaks within values and empty lines are counted; long values are cut."""
    rows = _orders_with(email='two\n"lines"\n')
    rows[2]["order_total"] = "x" * 100
    # Three lines of text and two empty ones come before the row.
    lines = _text(rows).split("\n")
    lines[1:1] = ["", ""]
    shop.write_text("orders", "\n".join(lines))
    refuse(f"orders.csv, line 8, column order_total: found '{'x' * 57}...', expected {_MONEY}")


_GOOD = _text()
_HEADER, _FIRST, _SECOND, _THIRD, _END = _GOOD.split("\n")
_QUOTE_FAULT = (
    "orders.csv, line 3, column email: found a quote out of place, expected a quoted value to end "
    'with " before the next comma, and every quote within it doubled'
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "", f"orders.csv is empty, expected a header line with the columns {_NAMES}", id="empty"
        ),
        pytest.param(
            "\n" + _GOOD,
            f"orders.csv, line 1 has no column of the contract, expected the columns {_NAMES}",
            id="blank first line",
        ),
        pytest.param(
            _GOOD.replace("email,", "", 1),
            f"orders.csv, line 1 has no column email, expected the columns {_NAMES}",
            id="missing column",
        ),
        pytest.param(
            _GOOD.replace("order_total", "ordertotal"),
            "orders.csv, line 1 has a column 'ordertotal' that the contract does not know, "
            "expected order_total instead",
            id="misspelt column",
        ),
        pytest.param(
            _GOOD.replace(_HEADER, _HEADER + ",ORDER_ID"),
            "orders.csv, line 1 has the column order_id twice, expected it once",
            id="repeated column",
        ),
        pytest.param(
            _GOOD.replace(",", "|"),
            f"orders.csv, line 1 has no column of the contract, expected the columns {_NAMES}",
            id="bars",
        ),
        pytest.param(
            _GOOD.encode("utf-16"),
            "orders.csv is UTF-16 text, expected UTF-8; save it as CSV in UTF-8",
            id="UTF-16",
        ),
        pytest.param(
            _GOOD.encode("utf-16-be"),
            "orders.csv is UTF-16 text, expected UTF-8; save it as CSV in UTF-8",
            id="UTF-16 without a mark",
        ),
        pytest.param(
            _GOOD.replace("email", "é-mail", 1).encode("latin-1"),
            f"orders.csv, line 1 is not UTF-8 text, expected the columns {_NAMES}",
            id="latin-1 in the header",
        ),
        pytest.param(
            '"order_id\n' + _GOOD.replace('"', ""),
            f"orders.csv, line 1 is not CSV, expected the columns {_NAMES}",
            id="quote in the header",
        ),
        pytest.param(
            _GOOD.replace(",x,", ",é,", 1).encode("latin-1"),
            "orders.csv, line 2, column email is not UTF-8 text, expected the whole file in UTF-8",
            id="latin-1",
        ),
        pytest.param(
            _GOOD.replace(_SECOND, "2,3"),
            "orders.csv, line 3 has 2 values, expected 22, from order_id to updated_at",
            id="short row",
        ),
        pytest.param(
            _GOOD.replace(_SECOND, _SECOND + ",1"),
            "orders.csv, line 3 has 23 values, expected 22, from order_id to updated_at",
            id="long row",
        ),
        pytest.param(
            _GOOD[:-40],
            "orders.csv, line 4 has 18 values, expected 22, from order_id to updated_at",
            id="truncated",
        ),
        pytest.param(
            _GOOD.replace(_SECOND, _SECOND.replace(",x,", ',"x,', 1)), _QUOTE_FAULT, id="lost quote"
        ),
        pytest.param(
            _GOOD.replace(_SECOND, _SECOND.replace(",x,", ',"x"y,', 1)),
            _QUOTE_FAULT,
            id="text after a quote",
        ),
        pytest.param(
            _GOOD.replace(_SECOND, _SECOND + "\r"),
            "orders.csv, line 3 ends with CRLF, expected LF as in the lines before it",
            id="LF, then CRLF",
        ),
        pytest.param(
            _GOOD.replace("\n", "\r\n").replace(_SECOND + "\r", _SECOND),
            "orders.csv, line 3 ends with LF, expected CRLF as in the lines before it",
            id="CRLF, then LF",
        ),
        pytest.param(
            _GOOD.replace(_SECOND, _SECOND.replace(",x,", f",{'x' * 1_999_990},", 1)),
            "orders.csv, line 3 is longer than 2,000,000 characters, expected a shorter one",
            id="long line",
        ),
    ],
)
def test_a_file_that_is_not_the_table_as_csv(
    shop: Shop, refuse: Refuse, text: str | bytes, sentence: str
) -> None:
    """Faults of the CSV text itself are found before values are read."""
    shop.write_text("orders", text)
    refuse(sentence)


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("order_id", pa.array(["1", "2"]), "column order_id has the type varchar, expected bigint"),
        (
            "order_total",
            pa.array([{"net": 1, "tax": [1, 2]}, None]),
            "column order_total has the type struct(net bigint, tax bigint[]), "
            "expected numeric(18,2)",
        ),
        (
            "order_total",
            pa.array([{f"part_{n}": n for n in range(1000)}] * 2),
            "column order_total has the type struct(part_0 bigint, part_1 bigint, part_2 bigint, "
            "part_..., expected numeric(18,2)",
        ),
        (
            "ordered_at",
            pa.array([date(2024, 1, 1)] * 2),
            "column ordered_at has the type date, expected timestamp",
        ),
        ("is_test", pa.array([0, 1]), "column is_test has the type bigint, expected boolean"),
        ("email", pa.array([b"x", b"y"]), "column email has the type blob, expected string"),
    ],
)
def test_a_parquet_type_that_cannot_be_exact(
    shop: Shop, refuse: Refuse, column: str, values: "pa.Array[Any]", sentence: str
) -> None:
    """Parquet columns need a type that holds the contract's values exactly."""
    shop.write_arrow("orders", column, values)
    refuse(f"orders.parquet, {sentence} or a type that fits it exactly")


@pytest.mark.parametrize(
    ("column", "values", "found", "expected"),
    [
        (
            "order_total",
            pa.array([Decimal("1.500"), Decimal("1.005")], pa.decimal128(18, 3)),
            "1.005",
            _MONEY,
        ),
        (
            "order_total",
            pa.array([1, 10**17], pa.int64()),
            "100000000000000000",
            _MONEY,
        ),
        ("order_id", pa.array([1, 2**63], pa.uint64()), "9223372036854775808", _BIGINT),
        ("order_id", pa.array([1.0, 1.5]), "1.5", _WHOLE),
        ("order_id", pa.array([1.0, float("inf")]), "inf", _WHOLE),
        ("order_id", pa.array([1.0, 2.0**53]), "9007199254740992.0", _WHOLE),
        ("email", pa.array([1.0, 1.5]), "1.5", _WHOLE),
        (
            "order_id",
            pa.array([1.0, 2.0**24], pa.float32()),
            "16777216.0",
            "a whole number below 16,777,216, as far as the type float holds them exactly",
        ),
        (
            "order_id",
            pa.array([Decimal("1.0"), Decimal("1.5")], pa.decimal128(18, 1)),
            "1.5",
            _BIGINT,
        ),
        ("order_total", pa.array([12.1, 12.345]), "12.345", _MONEY),
        ("order_total", pa.array([12.1, 12.10001]), "12.10001", _MONEY),
        ("order_total", pa.array([12.1, 1e13]), "10000000000000.0", _MONEY),
        ("order_total", pa.array([12.1, float("-inf")]), "-inf", _MONEY),
        ("order_total", pa.array([12.1, 5243.1], pa.float32()), "5243.1", _MONEY),
        (
            "ordered_at",
            pa.array([1_000, 1_001], pa.timestamp("ns")),
            "1970-01-01 00:00:00.000001001",
            _TIME,
        ),
        ("ordered_at", pa.array([0, 10**18], pa.timestamp("us")), "33658-09-27 01:46:40", _TIME),
        ("email", pa.array(["x", "\0"]), "\0", "text without NUL characters"),
    ],
)
def test_a_parquet_value_that_does_not_fit(
    shop: Shop, refuse: Refuse, column: str, values: "pa.Array[Any]", found: str, expected: str
) -> None:
    """A wider Parquet type is accepted until a value does not fit."""
    shop.write_arrow("orders", column, values)
    refuse(f"orders.parquet, row 2, column {column}: found {found!r}, expected {expected}")


def test_a_parquet_date_beyond_the_calendar(shop: Shop, refuse: Refuse) -> None:
    """Parquet dates with five-digit years are rejected, because not every engine has them."""
    shop.write_arrow("campaigns", "start_date", pa.array([0, 5_000_000], pa.date32()))
    refuse(
        "campaigns.parquet, row 2, column start_date: found '15659-07-15', "
        "expected a date such as 2026-01-31"
    )


def _damage(path: Path, *, start: int, end: int | None) -> None:
    data = path.read_bytes()
    path.write_bytes(data[start:end])


@pytest.mark.parametrize(
    "content", [b"PAR1", b"not Parquet at all", None], ids=["magic only", "text", "truncated"]
)
def test_a_file_that_is_not_whole_parquet(
    shop: Shop, refuse: Refuse, content: bytes | None
) -> None:
    """A truncated Parquet file has no footer and is rejected."""
    path = shop.path("orders", "parquet")
    path.write_bytes(content or path.read_bytes()[:-100])
    refuse(
        f"orders.parquet is not a whole Parquet file, expected one with the columns {_NAMES}; "
        "it may be cut off or of another format"
    )


def test_an_empty_parquet_file(shop: Shop, refuse: Refuse) -> None:
    """An empty file is not a valid Parquet table."""
    shop.path("orders", "parquet").write_bytes(b"")
    refuse(f"orders.parquet is empty, expected a Parquet file with the columns {_NAMES}")


def test_parquet_pages_that_are_damaged(shop: Shop, refuse: Refuse) -> None:
    """Damaged pages are found although the footer is valid."""
    path = shop.path("orders", "parquet")
    metadata = pq.read_metadata(path).row_group(0).column(3)
    data = bytearray(path.read_bytes())
    start = metadata.dictionary_page_offset or metadata.data_page_offset
    data[start : start + metadata.total_compressed_size] = b"\xff" * metadata.total_compressed_size
    path.write_bytes(data)
    refuse(
        "orders.parquet, column order_status cannot be read, expected text without NUL characters; "
        "the file is damaged or its text is not UTF-8"
    )


def test_parquet_text_that_is_not_utf8(shop: Shop, refuse: Refuse) -> None:
    """Text in Parquet that is not UTF-8 is rejected."""
    broken = pa.array([b"fine", b"\xff\xfe"], pa.binary()).view(pa.string())
    shop.write_arrow("orders", "email", broken)
    refuse(
        "orders.parquet, column email cannot be read, expected text without NUL characters; "
        "the file is damaged or its text is not UTF-8"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda table: table.drop_columns(["email"]),
            f"orders.parquet has no column email, expected the columns {_NAMES}",
        ),
        (
            lambda table: table.append_column("Email", table["email"]),
            "orders.parquet has the column email twice, expected it once",
        ),
    ],
    ids=["missing", "repeated"],
)
def test_parquet_columns_that_are_not_the_contract(
    shop: Shop, refuse: Refuse, change: Callable[[pa.Table], pa.Table], sentence: str
) -> None:
    """Missing and repeated columns are found in Parquet, as in CSV."""
    path = shop.path("orders", "parquet")
    pq.write_table(change(pq.read_table(path)), path)
    refuse(sentence)


def test_a_fault_in_the_last_table_takes_back_the_first(shop: Shop, refuse: Refuse) -> None:
    """A fault in the last table rolls back the first ones."""
    shop.write("customers", rows_of(load_contract().table("customers"), 5))
    rows = rows_of(load_contract().table("campaigns"))
    rows[0]["start_date"] = "pigeon"
    shop.write("campaigns", rows)
    refuse(
        "campaigns.csv, line 2, column start_date: found 'pigeon', "
        "expected a date such as 2026-01-31"
    )


@pytest.mark.parametrize("value", ["x", "12.345", ""])
def test_a_warehouse_made_for_a_refused_load_is_removed(
    shop: Shop, tmp_path: Path, value: str
) -> None:
    """A warehouse and directories created for a rejected load are removed."""
    shop.write("orders", _orders_with(order_total=value))
    with pytest.raises(EcomError):
        load_shop(shop.directory, tmp_path / "deep" / "er" / "warehouse.duckdb")
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_a_required_table_without_a_file(shop: Shop, warehouse: Path) -> None:
    """A missing required file stops the load before the warehouse is created."""
    shop.path("products", "parquet").unlink()
    with pytest.raises(EcomError) as refusal:
        load_shop(shop.directory, warehouse)
    assert str(refusal.value) == (
        f"{shop.directory} has no file for the table products, "
        "expected products.parquet or products.csv"
    )
    assert not warehouse.exists()


def test_two_files_for_one_table(shop: Shop, warehouse: Path) -> None:
    """Two files for one table are rejected."""
    shop.path("products").touch()
    with pytest.raises(EcomError) as refusal:
        load_shop(shop.directory, warehouse)
    assert str(refusal.value) == (
        f"{shop.directory} holds both products.parquet and products.csv, expected one of them; "
        "remove the one that is out of date"
    )


def test_a_directory_where_a_file_should_be(shop: Shop, warehouse: Path) -> None:
    """A directory in place of a file, such as a partitioned export, is rejected."""
    shop.path("products", "parquet").unlink()
    shop.path("products", "parquet").mkdir()
    with pytest.raises(EcomError, match=r"products\.parquet is not a file, expected the rows of"):
        load_shop(shop.directory, warehouse)


def test_a_shop_that_is_not_there(tmp_path: Path, warehouse: Path) -> None:
    """The message for a missing shop directory says where shops come from."""
    with pytest.raises(EcomError) as refusal:
        load_shop(tmp_path / "nowhere", warehouse)
    assert str(refusal.value) == (
        f"{tmp_path / 'nowhere'} is not a directory; name the one that holds the shop's files, "
        "such as the one that `ecom generate` wrote"
    )


def test_times_without_a_zone_are_told_apart(shop: Shop, refuse: Refuse) -> None:
    """Ambiguous offsets in times are rejected."""
    shop.write("orders", _orders_with(ordered_at=datetime(2024, 5, 1, 12).isoformat() + "+1"))  # noqa: DTZ001
    refuse(
        f"orders.csv, line 3, column ordered_at: found '2024-05-01T12:00:00+1', expected {_TIME}"
    )
