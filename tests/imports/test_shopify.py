"""Shopify's exports: all their pitfalls, and wrong files."""

import csv
import random
import re
import stat
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.imports import import_shopify
from ecommerce_analytics.imports.report import dry_run
from ecommerce_analytics.load import load_shop

from .shopify_exports import CUSTOMERS, HEADER, ORDERS, PRODUCTS, Row, line, order, rows, write

SQL: Final = Path(__file__).parents[2] / "src/ecommerce_analytics/imports/shopify"
_MONEY: Final = "subtotal, discount_total, shipping_total, tax_total, order_total"

Imports = Callable[..., Path]


@pytest.fixture
def imported(tmp_path: Path) -> Imports:
    """Write orders as one export, import it, and return the folder for `ecom load`."""

    def run(
        *orders: list[Row], customers: Path | None = None, products: Path | None = None
    ) -> Path:
        export = write(tmp_path / "orders_export.csv", *orders)
        import_shopify([export], customers, products, tmp_path / "out")
        load_shop(tmp_path / "out", tmp_path / "warehouse.duckdb")
        return tmp_path / "out"

    return run


def _money(*values: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(value) for value in values)


def _notes(*orders: list[Row], tmp_path: Path) -> str:
    export = write(tmp_path / "noted.csv", *orders)
    return "\n".join(import_shopify([export], None, None, None).notes)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-made exports, imported."""
    out = tmp_path_factory.mktemp("example") / "shop"
    import_shopify([ORDERS], CUSTOMERS, PRODUCTS, out)
    return out


def test_the_loader_takes_the_example(example: Path, tmp_path: Path) -> None:
    """The loader accepts the complete example without a note."""
    summary = load_shop(example, tmp_path / "w.duckdb")
    assert summary.rows == {
        "customers": 5, "orders": 7, "order_items": 10, "products": 6, "campaigns": 0, "refunds": 2
    }  # fmt: skip
    assert (summary.ignored, summary.notes) == ((), ())


def test_totals_of_the_example_add_up(example: Path) -> None:
    """Lines add up to the subtotal; with discounts, shipping and included tax, to the total."""
    assert rows(example, "orders", f"order_id - 5551234560000, {_MONEY}") == [
        (1001, *_money("55.00", "5.50", "4.50", "9.00", "54.00")),
        (1002, *_money("6.00", "0", "0", "1.00", "6.00")),
        (1003, *_money("45.00", "4.00", "0", "6.00", "41.00")),
        (1004, *_money("25.00", "0", "4.50", "4.92", "29.50")),
        (1005, *_money("60.00", "0", "4.50", "10.75", "64.50")),
        (1006, *_money("62.50", "0", "0", "2.08", "62.50")),
        (1007, *_money("12.50", "0", "4.50", "2.83", "17.00")),
    ]
    lines = rows(example, "order_items", "order_id, line_total + discount")
    for order_id, subtotal in rows(example, "orders", "order_id, subtotal"):
        assert sum(amount for number, amount in lines if number == order_id) == subtotal
    gaps = "count_if(order_total <> subtotal - discount_total + shipping_total)"
    assert rows(example, "orders", gaps) == [(0,)]


def test_statuses_of_the_example(example: Path) -> None:
    """The status follows from payment, shipment and cancellation together."""
    assert dict(rows(example, "orders", "order_id - 5551234560000, order_status")) == {
        1001: "shipped", 1002: "shipped", 1003: "shipped", 1004: "cancelled", 1005: "shipped",
        1006: "pending", 1007: "cancelled",
    }  # fmt: skip


def test_times_are_utc(example: Path) -> None:
    """Times are UTC, for any offset in the export."""
    [(ordered, shipped)] = rows(example, "orders", "ordered_at, shipped_at")[:1]
    assert ordered == datetime(2026, 5, 14, 10, 23, 45)  # noqa: DTZ001 (UTC without a zone)
    assert shipped == datetime(2026, 5, 15, 7)  # noqa: DTZ001 (UTC without a zone)


def test_customers_of_the_example(example: Path) -> None:
    """Ids lose their apostrophe and names keep theirs; the address identifies the account."""
    columns = "customer_id, customer_name, country, city, accepts_marketing"
    assert rows(example, "customers", columns) == [
        (-5551234561007, "Eve Stone", "GB", "Leeds", False),
        (7210448301001, "Anna Berg", "GB", "London", True),
        (7210448301002, "Bob Hill", "GB", "Bristol", False),
        (7210448301003, "Carl O'Neill", "FR", "Paris", True),
        (7210448301004, "Dora 't Hart", "NL", "Amsterdam", True),
    ]
    found = dict(rows(example, "orders", "order_id - 5551234560000, customer_id"))
    assert found[1001] == found[1006] == 7210448301001
    assert found[1002] is None


def test_products_of_the_example(example: Path) -> None:
    """Variants have the product's columns from its first row; sold products are added."""
    columns = "product_name, sku, category, unit_cost, list_price, is_active"
    found = {name: others for name, *others in rows(example, "products", columns)}
    assert found["Harbour Mug - Red"] == [
        "MUG-RED", "Tableware", Decimal("4.40"), Decimal("12.50"), True
    ]  # fmt: skip
    assert found["Falling Light - Framed"][1] == "Artwork"
    assert found["Greeting Card"] == [None, "Uncategorized", None, Decimal(2), False]
    assert len(found) == 6


def test_gift_cards_and_tips_are_no_goods(example: Path) -> None:
    """Gift cards are found by the products export or by name; a greeting card is a product."""
    columns = "line_type, is_gift_card, product_id is null, line_total"
    found = rows(example, "order_items", columns, "1, line_total")
    assert [row for row in found if row[0] != "product"] == [
        ("gift_card", True, False, Decimal(50)),
        ("tip", False, True, Decimal(5)),
    ]


def test_refunds_of_the_example(example: Path) -> None:
    """A cancelled order is refunded that day; an undated refund has the export's latest time."""
    columns = "order_id - 5551234560000, goods_amount, tax_amount, shipping_amount, refunded_at"
    assert rows(example, "refunds", columns) == [
        (1004, *_money("25.00", "0", "4.50"), datetime(2026, 5, 16, 10)),  # noqa: DTZ001 (UTC)
        (1005, *_money("10.00", "0", "0"), datetime(2026, 5, 20, 8, 15)),  # noqa: DTZ001 (UTC)
    ]


def test_tax_on_top_is_told_from_tax_in_prices(imported: Imports) -> None:
    """Added tax is the gap between Subtotal and Total; a full refund returns each part."""
    taxed = {"Subtotal": "100.00", "Shipping": "5.00", "Taxes": "20.00"}
    out = imported(
        order(1, "125.00", line("100.00"), Refunded_Amount="125.00", **taxed),
        order(2, "105.00", line("100.00"), Refunded_Amount="12.00", **taxed),
        order(3, "125.00", line("100.00"), Refunded_Amount="60.00", **taxed),
        order(4, "105.00", line("100.00"), Subtotal="100.00", Shipping="5.00"),
    )
    columns = f"prices_include_tax, {_MONEY}"
    assert rows(out, "orders", columns, "order_id") == [
        (False, *_money("100", "0", "5", "20", "125")),
        (True, *_money("100", "0", "5", "20", "105")),
        (False, *_money("100", "0", "5", "20", "125")),
        (None, *_money("100", "0", "5", "0", "105")),
    ]
    assert rows(out, "refunds", "goods_amount, tax_amount, shipping_amount", "order_id") == [
        _money("100", "20", "5"),
        _money("12", "0", "0"),
        _money("50", "10", "0"),
    ]


def _drawn(draw: random.Random, number: int) -> tuple[list[Row], tuple[Any, ...]]:
    """An order of random lines, and the expected result."""
    lines, gross, own = [], Decimal(0), Decimal(0)
    for position in range(draw.randint(1, 4)):
        price, quantity = Decimal(draw.randint(100, 9999)) / 100, draw.randint(1, 3)
        cut = draw.choice((Decimal(0), Decimal(draw.randint(1, 100)) / 100))
        sku = f"S{position}"
        lines.append(line(str(price), quantity, Lineitem_discount=str(cut), Lineitem_sku=sku))
        gross, own = gross + price * quantity, own + cut
    if tip := draw.choice((Decimal(0), Decimal("2.50"))):
        lines.append(
            line(
                str(tip),
                Lineitem_name="Tip",
                Lineitem_sku="",
                Lineitem_requires_shipping="false",
            )
        )
    discount = own + draw.choice((Decimal(0), gross - own)) * draw.randint(0, 2) / 2
    discount = discount.quantize(Decimal("0.01"))
    shipping = draw.choice((Decimal(0), Decimal("4.90")))
    tax = (gross / 5).quantize(Decimal("0.01")) + Decimal("3.17")
    is_included, is_beside = draw.random() < 0.5, draw.random() < 0.5
    subtotal = gross - discount + (0 if is_beside else tip)
    total = gross + tip - discount + shipping + (0 if is_included else tax)
    header = {"Subtotal": subtotal, "Shipping": shipping, "Taxes": tax, "Discount Amount": discount}
    made = order(
        number, str(total), *lines, **{k.replace(" ", "_"): str(v) for k, v in header.items()}
    )
    return made, (is_included, gross + tip, discount, shipping, tax, total)


def test_any_totals_reconcile(imported: Imports) -> None:
    """Two hundred orders with discounts, tips and both kinds of tax match to the cent."""
    draw = random.Random(7)  # noqa: S311 (no secret)
    drawn = [_drawn(draw, number) for number in range(1, 201)]
    out = imported(*(made for made, _ in drawn))
    found = rows(out, "orders", f"prices_include_tax, {_MONEY}", "order_id")
    assert found == [expected for _, expected in drawn]
    lines = rows(out, "order_items", "sum(quantity * unit_price)::decimal(18, 2), sum(discount)")
    [(gross, discounts)] = lines
    assert gross == sum(expected[1] for _, expected in drawn)
    assert discounts == sum(Decimal(row["Lineitem discount"]) for made, _ in drawn for row in made)


def test_discounts_of_lines_and_orders(imported: Imports) -> None:
    """Discounts are the gap between Subtotal and lines; lines' own are used if they cover it."""
    cut = line("50.00", Lineitem_discount="5.00")
    out = imported(
        order(1, "88.00", cut, line("50.00"), Discount_Amount="12.00"),
        order(2, "88.00", cut, line("50.00"), Discount_Amount="7.00"),
        order(3, "50.00", cut),
        order(4, "50.00", line("50.00"), Discount_Amount="4.90"),
    )
    assert rows(out, "orders", "subtotal, discount_total, order_total", "order_id") == [
        _money("100", "12", "88"),
        _money("100", "12", "88"),
        _money("50", "0", "50"),
        _money("50", "0", "50"),
    ]
    assert rows(out, "order_items", "discount, line_total", "order_item_id") == [
        _money("5", "45"),
        _money("0", "50"),
        _money("5", "45"),
        _money("0", "50"),
        _money("0", "50"),
        _money("0", "50"),
    ]


@pytest.mark.parametrize(("subtotal", "total"), [("41.00", "41.00"), ("36.00", "41.00")])
def test_a_tip_is_in_subtotal_or_beside_it(imported: Imports, subtotal: str, total: str) -> None:
    """A tip inside or outside Subtotal, which both occur, is not a discount."""
    tip = line("5.00", Lineitem_name="Tip", Lineitem_sku="", Lineitem_requires_shipping="false")
    out = imported(order(1, total, line("40.00"), tip, Subtotal=subtotal, Discount_Amount="4.00"))
    assert rows(out, "orders", _MONEY) == [_money("45", "4", "0", "0", "41")]


def test_fees_duties_and_test_orders(imported: Imports) -> None:
    """A fee has no product, duties count as shipping, and the test gateway marks test orders."""
    fee = line(
        "3.00", Lineitem_name="Small order fee", Lineitem_sku="", Lineitem_requires_shipping="false"
    )
    out = imported(
        order(1, "63.00", line("40.00"), fee, Subtotal="43.00", Shipping="5.00", Duties="15.00"),
        order(2, "40.00", line("40.00"), Payment_Method="(for testing) Bogus Gateway"),
    )
    assert rows(out, "order_items", "line_type, product_id is null", "order_item_id")[:2] == [
        ("product", False),
        ("fee", True),
    ]
    assert rows(out, "orders", f"is_test, {_MONEY}") == [
        (False, *_money("43", "0", "20", "0", "63")),
        (True, *_money("40", "0", "0", "0", "40")),
    ]


def test_statuses(imported: Imports) -> None:
    """Each payment status is combined with each relevant shipment status."""
    found = {
        ("paid", "unfulfilled"): "processing",
        ("paid", "partial"): "processing",
        ("paid", "fulfilled"): "shipped",
        ("partially_refunded", "fulfilled"): "shipped",
        ("refunded", "fulfilled"): "returned",
        ("refunded", "restocked"): "returned",
        ("pending", "unfulfilled"): "pending",
        ("pending", "fulfilled"): "shipped",
        ("authorized", "partial"): "processing",
        ("voided", "unfulfilled"): "cancelled",
    }
    out = imported(
        *(
            order(number, "1.00", Financial_Status=payment, Fulfillment_Status=shipment)
            for number, (payment, shipment) in enumerate(found, start=1)
        )
    )
    statuses = [status for (status,) in rows(out, "orders", "order_status", "order_id")]
    assert statuses == list(found.values())


def test_money_without_decimals(imported: Imports) -> None:
    """Amounts without decimals, such as yen, are read."""
    out = imported(order(1, "1200", line("600", 2), Taxes="109", Currency="JPY"))
    assert rows(out, "orders", f"currency, {_MONEY}") == [
        ("JPY", *_money("1200", "0", "0", "109", "1200"))
    ]


def test_columns_may_stand_anywhere(tmp_path: Path) -> None:
    """Columns may be reordered, added or missing without a change in the rows."""
    orders = [order(1, "9.00", line("4.00"), line("5.00")), order(2, "3.00")]
    turned = [*reversed(HEADER), "Delivery note (metafield)"]
    left_out = [name for name in HEADER if name not in {"Lineitem discount", "Duties", "Email"}]
    tables = []
    for number, header in enumerate((HEADER, turned, left_out)):
        export = write(tmp_path / f"{number}.csv", *orders, header=header)
        found = import_shopify([export], None, None, None)
        tables.append([table.sample for table in found.tables])
        assert ("Delivery note (metafield)" in "".join(found.notes)) == (header is turned)
    assert tables[0] == tables[1] == tables[2]


def test_semicolons_are_read_too(tmp_path: Path) -> None:
    """Semicolon-separated files, which some spreadsheet programs write, are read."""
    export = tmp_path / "orders_export.csv"
    with export.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="", delimiter=";")
        writer.writeheader()
        writer.writerows(order(1, "9.00"))
    assert import_shopify([export], None, None, None).rows["orders"] == 1


def test_the_later_export_of_an_order_counts(tmp_path: Path) -> None:
    """The latest export of an order counts, in any order of files; refunds keep their date."""
    may = write(
        tmp_path / "may.csv",
        order(1, "40.00", line("40.00"), Refunded_Amount="5.00"),
        order(2, "30.00", line("30.00"), Created_at="2026-05-31 10:00:00 +0000"),
    )
    june = write(
        tmp_path / "june.csv",
        order(1, "40.00", line("40.00"), Refunded_Amount="12.00", Fulfillment_Status="fulfilled"),
        order(3, "20.00", line("20.00"), Created_at="2026-06-30 10:00:00 +0000"),
    )
    for number, files in enumerate(([may, june], [june, may])):
        out = tmp_path / str(number)
        notes = import_shopify(files, None, None, out).notes
        assert "Orders in several exports, of which the latest counts: 1" in notes
        assert rows(out, "orders", "order_id - 5551234560000, order_status") == [
            (1, "shipped"), (2, "processing"), (3, "processing")
        ]  # fmt: skip
        assert rows(out, "order_items", "count(*)") == [(3,)]
        assert rows(out, "refunds", "goods_amount, cast(refunded_at as date)::varchar") == [
            (Decimal(5), "2026-05-31"),
            (Decimal(7), "2026-06-30"),
        ]


def test_orders_without_id_are_known_by_name(tmp_path: Path) -> None:
    """Orders without Id are identified by name, as in an export with the Id."""
    without = [name for name in HEADER if name != "Id"]
    one = write(tmp_path / "a.csv", order(1, "4.00"), order(2, "5.00"), header=without)
    two = write(tmp_path / "b.csv", order(2, "5.00"))
    found = import_shopify([one, two], None, None, tmp_path / "out")
    assert found.rows["orders"] == 2
    assert "Orders without Id, whose number is made of Name: 1" in found.notes
    assert (5551234560002,) in rows(tmp_path / "out", "orders", "order_id")
    load_shop(tmp_path / "out", tmp_path / "w.duckdb")


def test_products_are_known_by_sku_else_by_name(imported: Imports) -> None:
    """A name with one SKU elsewhere is that product; a name with two is its own product."""
    out = imported(
        order(
            1,
            "7.00",
            line("1.00", Lineitem_sku="A"),
            line("1.00", Lineitem_sku="A", Lineitem_name="Mug, renamed"),
            line("1.00", Lineitem_sku=""),
            line("1.00", Lineitem_sku="C", Lineitem_name="Two"),
            line("1.00", Lineitem_sku="D", Lineitem_name="Two"),
            line("1.00", Lineitem_sku="", Lineitem_name="Two"),
            line("1.00", Lineitem_sku="'0012", Lineitem_name="Zeros"),
        )
    )
    products = [key for (key,) in rows(out, "order_items", "product_id", "order_item_id")]
    assert products[0] == products[1] == products[2]
    assert len(set(products)) == 5
    assert ("0012",) in rows(out, "products", "sku")


def test_keys_do_not_change_from_import_to_import(tmp_path: Path) -> None:
    """Keys are stable between imports with different rows, and never derived from an address."""
    one = write(tmp_path / "a.csv", order(1, "4.00", Email="a@example.com"))
    two = write(
        tmp_path / "b.csv",
        order(9, "1.00", line("1.00", Lineitem_sku="AAA")),
        order(1, "4.00", Email="a@example.com"),
    )
    keys = []
    for number, export in enumerate((one, two)):
        out = tmp_path / str(number)
        import_shopify([export], None, None, out)
        keys.append(
            (
                rows(out, "order_items", "order_item_id, product_id")[0],
                rows(out, "customers", "customer_id"),
            )
        )
    assert keys[0] == keys[1]
    assert keys[0][1] == [(-5551234560001,)]


def test_notes_say_what_was_assumed(tmp_path: Path) -> None:
    """Each assumption gives a note with its count."""
    said = _notes(
        order(1, "40.00", line("40.00"), Refunded_Amount="5.00", Email="a@example.com"),
        order(2, "40.00", line("60.00")),
        order(3, "40.00", line("40.00"), Currency="USD", Duties="1.00", Subtotal="39.00"),
        tmp_path=tmp_path,
    )
    assert "Refunds without a date of their own: 1 of 5.00 USD; 0 are dated at Cancelled at" in said
    assert "Orders whose lines do not add up to Subtotal and discounts: 2, the first is" in said
    assert "the file may be cut off" in said
    assert "The orders have 2 currencies (EUR, USD) and a shop has one" in said
    assert "Duties are in shipping_total: 1.00 of 1 orders" in said
    assert "Customers known from their orders alone: 1" in said
    assert "Orders without e-mail address, and so without customer: 2" in said


def test_a_dry_run_writes_nothing_and_says_all(tmp_path: Path) -> None:
    """A dry run writes nothing, and lists each column's origin, guess or gap, and filled rows."""
    export = write(
        tmp_path / "orders_export.csv",
        order(1, "40.00"),
        header=[name for name in HEADER if name != "Payment Method"],
    )
    text = dry_run(import_shopify([export], None, None, None))
    assert [path.name for path in tmp_path.iterdir()] == ["orders_export.csv"]
    assert re.search(r'order_total +1  from: orders "Total"', text)
    assert re.search(r'payment_method +0  missing: no file has orders "Payment Method"', text)
    assert re.search(r'unit_cost +0  missing: no file has products "Cost per item"', text)
    assert re.search(r"delivered_at +0  empty: an export does not have it", text)
    assert re.search(r"updated_at +1  guess: the latest time of the order", text)
    assert "\n  order_id,customer_id,email," in text
    assert "\n  5551234560001,,," in text


def test_every_column_says_where_it_is_from() -> None:
    """The SQL has a comment with the origin after each column, in the contract's order."""
    imported = import_shopify([ORDERS], CUSTOMERS, PRODUCTS, None)
    for table in imported.tables:
        expected = [column.name for column in load_contract().table(table.name).file_columns]
        assert [column.name for column in table.columns] == expected
        assert {column.kind for column in table.columns} <= {"from", "guess", "empty"}, table.name


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    """Files and folder are readable by their owner only; a second import replaces the first."""
    out = tmp_path / "a" / "out"
    for _ in range(2):
        import_shopify([ORDERS], None, None, out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    """A folder with other content, or a file, is not overwritten."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "orders.csv").write_text("x")
    with pytest.raises(EcomError, match="is not empty and holds no earlier import"):
        import_shopify([ORDERS], None, None, tmp_path / "mine")
    with pytest.raises(EcomError, match="is a file, expected a folder"):
        import_shopify([ORDERS], None, None, tmp_path / "mine" / "orders.csv")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["orders.csv"]


def _without_first_row(text: str) -> str:
    header, first, *others = text.splitlines(keepends=True)
    assert first.startswith("#1007")
    del others[0]
    return header + "".join(others)


def _error(tmp_path: Path, change: Callable[[str], str | bytes], **others: Any) -> str:
    """The error of an import of the changed example; checks that nothing is written."""
    export = tmp_path / "orders_export.csv"
    changed = change(ORDERS.read_text(encoding="utf-8"))
    export.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    given = {"orders": [export], "customers": None, "products": None} | others
    with pytest.raises(EcomError) as refusal:
        import_shopify(**given, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    return str(refusal.value).replace(f"{tmp_path}/", "")


_TRANSLATED: Final = "Bestellung,E-Mail,Zahlungsstatus,Bezahlt am,Versandstatus,Summe,Datum\n"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda _: PRODUCTS.read_text(encoding="utf-8"),
            "orders_export.csv is a products export of Shopify, expected an orders export; give "
            "it as --products",
        ),
        (
            lambda _: CUSTOMERS.read_text(encoding="utf-8"),
            "orders_export.csv is a customers export of Shopify, expected an orders export; give "
            "it as --customers",
        ),
        (
            lambda _: _TRANSLATED,
            "orders_export.csv, line 1 has the columns 'Bestellung', 'E-Mail', 'Zahlungsstatus', "
            "'Bezahlt am', 'Versandstatus', 'Summe' and 1 more and none of Name, Financial Status, "
            "Currency, Subtotal, Shipping, Taxes, Total, Created at, Lineitem quantity, Lineitem "
            "name, Lineitem price; expected an orders export as Shopify writes it, whose column "
            "names are English",
        ),
        (
            lambda text: text.replace("Lineitem price", "Line item price", 1),
            "orders_export.csv, line 1 has a column 'Line item price', expected Lineitem price as "
            "Shopify names it",
        ),
        (
            lambda text: text.replace(",Taxes,", ",", 1),
            "orders_export.csv, line 1 has no column Taxes; expected an orders export as Shopify "
            "writes it",
        ),
        (
            lambda text: text.replace(",Notes,", ",Total,", 1),
            "orders_export.csv, line 1 has the column Total twice, expected it once",
        ),
        (
            lambda text: text[: text.index("#1001") + 30],
            "orders_export.csv, line 11 has 4 values, expected 79, from name to payment references",
        ),
        (
            lambda text: text[: text.index("then leave it")],
            "orders_export.csv, line 5, column notes: found a quote out of place",
        ),
        (
            _without_first_row,
            "orders_export.csv has lines of the order #1006 but not its first row with Total and "
            "Created at; the file is a part of an export, take the whole",
        ),
        (
            lambda text: text.splitlines()[0],
            "orders_export.csv has no orders below its header line",
        ),
        (lambda _: "", "orders_export.csv is empty, expected a CSV file with a header line"),
        (lambda _: b"PK\x03\x04rest", "orders_export.csv is a zip archive or a spreadsheet"),
        (
            lambda text: text.replace("5551234561002", "5.55123E+12"),
            "orders_export.csv, line 10, column Id: found '5.55123E+12', expected a whole number; "
            "a spreadsheet program may have changed it, so take the file as Shopify sent it",
        ),
        (
            lambda text: text.replace("2026-05-19 18:40:11 +0100", "5/19/2026 18:40", 1),
            "orders_export.csv, line 3, column Created at: found '5/19/2026 18:40', expected a "
            "time such as 2026-01-31 13:45:00 +0100; a spreadsheet program may have changed it",
        ),
        (
            lambda text: text.replace("49.50,4.50,9.00,54.00", '"49,50",4.50,9.00,54.00'),
            "orders_export.csv, line 11, column Subtotal: found '49,50', expected a number such as "
            "1299.00",
        ),
        (
            lambda text: text.replace("#1002", "#1001"),
            "orders_export.csv has two orders of the name #1001 with different Ids; give the "
            "exports of two shops as two files",
        ),
    ],
    ids=range(16),
)
def test_wrong_files_are_a_sentence(
    tmp_path: Path, change: Callable[[str], str | bytes], sentence: str
) -> None:
    """A wrong file gives a sentence with what was found and needed, and nothing is written."""
    assert _error(tmp_path, change).startswith(sentence)


def test_wrong_customers_and_missing_files(tmp_path: Path) -> None:
    """The columns of the other two exports are checked too."""
    said = _error(tmp_path, str, customers=ORDERS)
    assert "is an orders export of Shopify, expected a customers export" in said
    assert "cannot be read: No such file" in _error(tmp_path, str, products=tmp_path / "none.csv")
