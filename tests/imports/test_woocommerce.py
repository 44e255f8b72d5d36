"""WooCommerce's JSON: variations, fees, guests, refunds with and without their own file."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.imports import import_woocommerce
from ecommerce_analytics.load import load_shop

from .shopify_exports import FILES, rows

_FILES: Final = FILES / "woocommerce"
_MONEY: Final = "subtotal, discount_total, shipping_total, tax_total, order_total"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example's files, to be changed by tests."""
    place = tmp_path / "export"
    place.mkdir()
    for path in _FILES.glob("*.json"):
        (place / path.name).write_bytes(path.read_bytes())
    return place


def _money(*values: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, values))


def test_the_example(folder: Path, tmp_path: Path) -> None:
    """Orders add up although their lines exclude tax; drafts are left out."""
    imported = import_woocommerce(folder, tmp_path / "out")
    load_shop(tmp_path / "out", tmp_path / "w.duckdb")
    assert imported.rows == {
        "customers": 1, "orders": 3, "order_items": 5, "products": 3, "campaigns": 0, "refunds": 2
    }  # fmt: skip
    out = tmp_path / "out"
    assert rows(out, "orders", f"order_id, order_status, customer_id, {_MONEY}") == [
        (701, "shipped", 21, *_money("53.00", "5.00", "4.17", "10.43", "62.60")),
        (702, "pending", None, *_money("20.00", "2.00", "0", "3.60", "21.60")),
        (703, "returned", 21, *_money("10.00", "0", "0", "2.00", "12.00")),
    ]
    for total, *parts in rows(out, "orders", f"order_total, {_MONEY}"):
        subtotal, discount, shipping, tax, _ = parts
        assert total == subtotal - discount + shipping + tax
    columns = "product_id, quantity, unit_price, discount, line_total, line_type"
    assert rows(out, "order_items", columns, "order_item_id")[:3] == [
        (32, *_money("2", "20", "4", "36"), "product"),
        (33, *_money("1", "10", "1", "9"), "product"),
        (None, *_money("1", "3", "0", "3"), "fee"),
    ]
    assert rows(out, "products", "product_id, sku, category, is_active") == [
        (32, "TEE-L", "Shirts", True),
        (33, "CUP", "Cups", True),
        (34, None, "Uncategorized", False),
    ]
    assert "Orders of guests, whose e-mail address decides who they are: 1" in imported.notes
    assert "Drafts and orders in the trash that were left out: 1" in imported.notes


def test_refunds_have_their_lines(folder: Path, tmp_path: Path) -> None:
    """Refunds have lines from their own file; the remainder belongs to the whole order."""
    import_woocommerce(folder, tmp_path / "out")
    columns = "order_id, order_item_id, quantity, goods_amount, tax_amount, shipping_amount"
    assert rows(tmp_path / "out", "refunds", columns) == [
        (701, 901, *_money("1", "18", "3.60", "0")),
        (703, None, *_money("0", "10", "2", "0")),
    ]
    times = [time for (time,) in rows(tmp_path / "out", "refunds", "refunded_at")]
    assert times[0] == datetime(2026, 5, 20, 9)  # noqa: DTZ001 (UTC without a zone)


def test_an_orders_file_alone_is_enough(folder: Path, tmp_path: Path) -> None:
    """An orders file is enough for accounts, products and refunds, and a note lists the gaps."""
    for name in ("products", "customers", "refunds"):
        (folder / f"{name}.json").unlink()
    imported = import_woocommerce(folder, tmp_path / "out")
    load_shop(tmp_path / "out", tmp_path / "w.duckdb")
    assert imported.rows["customers"] == 1
    columns = "goods_amount, tax_amount, shipping_amount"
    assert rows(tmp_path / "out", "refunds", columns, "order_id") == [
        _money("17.74", "3.86", "0"),
        _money("10", "2", "0"),
    ]
    assert "Refunds without a date and lines of their own: 2 of 33.60" in imported.notes[0]


def _swap(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")


def test_wrong_files_are_a_sentence(folder: Path, tmp_path: Path) -> None:
    """A wrong file gives a sentence, and nothing is written."""
    whole = (folder / "orders.json").read_text(encoding="utf-8")
    products = (folder / "products.json").read_text(encoding="utf-8")
    found: list[str] = []
    for content in (whole[: len(whole) // 2], products, "[]", "Name,Email\n"):
        _swap(folder, "orders.json", content)
        with pytest.raises(EcomError) as refusal:
            import_woocommerce(folder, tmp_path / "out")
        found.append(str(refusal.value))
    (folder / "orders.json").unlink()
    with pytest.raises(EcomError, match=r"has no orders\.json"):
        import_woocommerce(folder, tmp_path / "out")
    assert "orders.json is not a whole JSON array" in found[0]
    assert "orders.json has objects without currency, total, line_items (found" in found[1]
    assert "(found nothing)" in found[2]
    assert "orders.json is not a whole JSON array" in found[3]
    assert not any("\n" in sentence for sentence in found)
    assert not (tmp_path / "out").exists()


def test_every_column_says_where_it_is_from(folder: Path) -> None:
    """The SQL has a comment with the origin after each column."""
    kinds: set[Any] = {
        column.kind for table in import_woocommerce(folder, None).tables for column in table.columns
    }
    assert kinds <= {"from", "guess", "empty", "missing"}
    assert json.loads((folder / "orders.json").read_text(encoding="utf-8"))
