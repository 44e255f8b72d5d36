"""A made-up shop with irregular rows of every kind in docs/irregular-rows.md, as CSV.

Each order breaks one rule and has a customer with the same number, so that a test can name it. The
second day has the rows that the first day's rows wait for.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

FIRST_LOAD: Final = datetime(2025, 3, 1, 6, tzinfo=UTC)
SECOND_LOAD: Final = datetime(2025, 3, 2, 6, tzinfo=UTC)
_NOON: Final = "2025-02-10 12:00:00"

Row = Mapping[str, Any]


def _order(order_id: int, goods: float, **other: Any) -> Row:
    row: dict[str, Any] = {
        "order_id": order_id,
        "customer_id": order_id,
        "email": "",
        "order_status": "delivered",
        "ordered_at": _NOON,
        "shipped_at": "",
        "delivered_at": "",
        "cancelled_at": "",
        "subtotal": goods,
        "discount_total": 0,
        "shipping_total": 0,
        "tax_total": 0,
        "order_total": goods,
        "currency": "USD",
        "campaign_id": "",
        "is_test": "false",
        "prices_include_tax": "",
        "updated_at": _NOON,
    }
    return row | other


def _line(line_id: int, order_id: int, price: float, quantity: int = 1, **other: Any) -> Row:
    row: dict[str, Any] = {
        "order_item_id": line_id,
        "order_id": order_id,
        "line_number": line_id % 100,
        "product_id": 1,
        "quantity": quantity,
        "unit_price": price,
        "discount": 0,
        "line_total": round(price * quantity, 2),
        "unit_cost": "",
        "is_gift_card": "false",
        "line_type": "",
        "tax_amount": "",
        "updated_at": _NOON,
    }
    return row | other


def _refund(refund_id: int, order_id: int | str, goods: float, **other: Any) -> Row:
    row: dict[str, Any] = {
        "refund_id": refund_id,
        "order_id": order_id,
        "order_item_id": "",
        "quantity": 0,
        "goods_amount": goods,
        "tax_amount": 0,
        "shipping_amount": 0,
        "refunded_at": f"2025-02-{refund_id % 10 + 15} 12:00:00",
    }
    return row | other


def _touch(touch_id: int, **other: Any) -> Row:
    row: dict[str, Any] = {
        "touchpoint_id": touch_id,
        "customer_id": 101,
        "anonymous_id": "",
        "channel": "email",
        "campaign_id": "",
        "touch_type": "click",
        "touched_at": "2025-02-09 12:00:00",
    }
    return row | other


def _customer(customer_id: int, **other: Any) -> Row:
    row: dict[str, Any] = {
        "customer_id": customer_id,
        "email": f"c{customer_id}@example.com",
        "customer_name": f"Person {customer_id}",
        "segment": "",
        "state": "NY",
        "country": "US",
        "city": "Albany",
        "acquisition_channel": "",
        "accepts_marketing": "true",
        "is_test": "false",
        "signed_up_at": "2025-01-01 12:00:00",
        "updated_at": "2025-01-01 12:00:00",
    }
    return row | other


def _product(product_id: int, **other: Any) -> Row:
    row: dict[str, Any] = {
        "product_id": product_id,
        "product_name": f"Thing {product_id}",
        "sku": "",
        "category": "Kitchen",
        "subcategory": "Cookware",
        "brand": "",
        "unit_cost": 4,
        "list_price": 10,
        "is_active": "true",
        "created_at": "2024-12-01 00:00:00",
        "updated_at": "2025-01-01 00:00:00",
    }
    return row | other


def _campaign(campaign_id: int, channel: str, **other: Any) -> Row:
    return {
        "campaign_id": campaign_id,
        "campaign_name": f"Campaign {campaign_id}",
        "channel": channel,
        "start_date": "2025-01-01",
        "end_date": "",
        "budget": 100,
        "updated_at": "2025-01-01 00:00:00",
    } | other


_WITHOUT_ACCOUNT: Final = {111, 112, 113, 900, 901}
ORDERS: Final = (
    _order(101, 20),
    _order(102, 100),
    _order(103, 10),
    _order(104, 119, tax_total=19, prices_include_tax="true"),
    _order(105, 119, tax_total=19),
    _order(106, 0),
    _order(107, 30),
    _order(108, 12),
    _order(109, 15),
    _order(110, 0, shipping_total=4, order_total=4),
    _order(111, 20, customer_id=77, email="c101@example.com"),
    _order(112, 20, customer_id=78),
    _order(113, 20, customer_id=78),
    _order(114, 20, shipped_at="2025-02-09 12:00:00", delivered_at="2025-02-12 12:00:00"),
    _order(115, 20, shipped_at="2025-02-12 12:00:00", delivered_at="2025-02-11 12:00:00"),
    _order(116, 10),
    _order(117, 40, ordered_at="0001-01-01 00:00:00"),
    _order(118, 50, ordered_at="2099-01-01 00:00:00"),
    _order(119, 20, shipped_at="1970-01-01 00:00:00", delivered_at="2099-01-01 00:00:00"),
    _order(120, 60, order_status="Completed"),
    _order(121, 70, order_status="Canceled"),
    _order(122, 20),
    _order(123, 28, order_total=28),
    _order(124, 20, order_total=20.02),
    _order(125, 20),
    _order(126, 40),
    _order(127, 20, campaign_id=55),
    _order(128, 3, discount_total=9, order_total=0),
    _order(129, -7),
    _order(
        130,
        20,
        shipping_total=11.90,
        tax_total=3.80,
        order_total=31.90,
        prices_include_tax="true",
    ),
    # In rials or dong, the product of two amounts exceeds 64 bits.
    _order(132, 20, currency="EUR", email="jo\u0308rg@example.com"),
    _order(131, 205_000_000_000, discount_total=5_000_000_000, order_total=200_000_000_000),
)
LINES: Final = (
    _line(10101, 101, 10, 2, unit_cost=4),
    _line(10201, 102, 30),
    _line(10202, 102, 70, product_id=2),
    _line(10301, 103, 10),
    _line(10401, 104, 119, tax_amount=19),
    _line(10501, 105, 119),
    _line(10601, 106, 20, -1),
    _line(10602, 106, 20, product_id=2),
    _line(10701, 107, 30, product_id=99),
    _line(10801, 108, 12, product_id=""),
    _line(11101, 111, 20),
    _line(11201, 112, 20),
    _line(11301, 113, 20),
    _line(11401, 114, 20),
    _line(11501, 115, 20),
    _line(11601, 116, 3.33, 3, line_total=10),
    _line(11701, 117, 40),
    _line(11801, 118, 50),
    _line(11901, 119, 20),
    _line(12001, 120, 60, unit_cost=6000),
    _line(12101, 121, 70),
    _line(12201, 122, 20),
    _line(12202, 122, 5, 0),
    _line(12301, 123, 20),
    _line(12302, 123, 5, product_id="", line_type="fee"),
    _line(12303, 123, 3, product_id="", line_type="tip"),
    _line(12401, 124, 20),
    _line(12501, 125, 20),
    _line(12601, 126, 20),
    _line(12602, 126, 20),
    _line(12701, 127, 20),
    _line(12801, 128, 3),
    _line(13001, 130, 20),
    _line(13201, 132, 20),
    _line(13101, 131, 5_000_000_000),
    _line(13102, 131, 1000, 200_000_000),
    _line(90001, 900, 25),
)
REFUNDS: Final = (
    _refund(1, 102, 30, order_item_id=10201, quantity=1),
    _refund(2, 102, 70, quantity=1),
    _refund(3, 103, 17.90),
    _refund(4, 110, 5),
    _refund(5, 117, 6),
    _refund(6, 126, 40, quantity=2),
    _refund(7, 126, 3),
    _refund(8, 125, 1, refunded_at="2025-02-01 12:00:00"),
    _refund(9, 101, 1, refunded_at="2099-01-01 00:00:00"),
    _refund(11, 900, 2, order_item_id=90001, quantity=1),
    _refund(12, 901, 8, tax_amount=0.8, refunded_at="2025-01-10 12:00:00"),
    _refund(13, "", 9, shipping_amount=1, quantity=1),
    _refund(14, 104, 11.90, tax_amount=1.90),
    _refund(15, 101, 2, order_item_id=10201),
    _refund(16, 131, 200_000_000_000, quantity=200_000_001),
)
SHOP: Final[Mapping[str, Sequence[Row]]] = {
    "orders": ORDERS,
    "order_items": LINES,
    "refunds": REFUNDS,
    "customers": [
        *(_customer(int(o["order_id"])) for o in ORDERS if o["order_id"] not in _WITHOUT_ACCOUNT),
        _customer(201, segment="Gold", acquisition_channel="E-Mail"),
        _customer(202, signed_up_at="1970-01-01 00:00:00", segment="At risk"),
        _customer(203, email="jo\u0308rg@example.com"),
        _customer(204, email="j\u00f6rg@example.com"),
    ],
    "products": [_product(1), _product(2), _product(3, created_at="0001-01-01 00:00:00")],
    "campaigns": [
        _campaign(1, "search"),
        _campaign(2, "podcast"),
        _campaign(3, "search", start_date="1970-01-01"),
        _campaign(4, "search", end_date="9999-12-31"),
    ],
    "marketing_touchpoints": [
        _touch(1),
        _touch(2, customer_id=77),
        _touch(3, campaign_id=55),
        _touch(4, touched_at="1970-01-01 00:00:00"),
        _touch(5, channel="TikTok"),
        _touch(6, channel="Newsletter", campaign_id=2),
    ],
    "campaign_spend_daily": [
        {"campaign_id": 1, "spend_date": "2025-02-10", "spend": 5, "impressions": 1, "clicks": 1},
        {"campaign_id": 55, "spend_date": "2025-02-10", "spend": 6, "impressions": 1, "clicks": 1},
        {"campaign_id": 1, "spend_date": "2099-01-01", "spend": 7, "impressions": 1, "clicks": 1},
    ],
    "inventory_levels": [
        {"product_id": 1, "level_date": "2025-02-10", "on_hand": 5.125},
        {"product_id": 98, "level_date": "2025-02-10", "on_hand": 6},
        {"product_id": 1, "level_date": "1970-01-01", "on_hand": 7},
    ],
}
# The missing references of the first day's rows; one excess refund is added, another removed.
SECOND_DAY: Final[Mapping[str, Sequence[Row]]] = {
    "orders": [_order(900, 25), _order(901, 30)],
    "order_items": [_line(90101, 901, 30)],
    "refunds": [_refund(16, 116, 15)],
    "refunds.deleted": [{"refund_id": 3}],
    "customers": [_customer(77), _customer(78)],
    "products": [_product(99)],
    "campaigns": [_campaign(55, "social")],
}
# Table, key and rule of each issue of the first day.
ISSUES: Final = {
    ("order_items", "12001", "line_cost_beyond_price"),
    ("orders", "105", "order_total_does_not_add_up"),
    ("orders", "109", "order_without_lines"),
    ("orders", "110", "order_without_lines"),
    ("orders", "110", "order_refunded_beyond_paid"),
    ("orders", "103", "order_refunded_beyond_paid"),
    ("orders", "126", "order_refunded_beyond_paid"),
    ("orders", "111", "order_account_missing"),
    ("orders", "112", "order_account_missing"),
    ("orders", "113", "order_account_missing"),
    ("orders", "114", "order_shipped_before_ordered"),
    ("orders", "115", "order_delivered_before_shipped"),
    ("orders", "117", "order_date_not_credible"),
    ("orders", "118", "order_date_not_credible"),
    ("orders", "119", "order_time_not_credible"),
    ("orders", "120", "order_status_unmapped"),
    ("orders", "124", "order_total_does_not_add_up"),
    ("orders", "127", "order_campaign_missing"),
    ("orders", "132", "order_currency_differs"),
    ("orders", "132", "order_email_decomposed"),
    ("orders", "128", "order_total_does_not_add_up"),
    ("orders", "129", "order_without_lines"),
    ("order_items", "90001", "line_without_order"),
    ("order_items", "10701", "line_product_missing"),
    ("order_items", "10801", "line_without_product"),
    ("order_items", "12302", "line_without_product"),
    ("order_items", "12303", "line_without_product"),
    ("order_items", "10601", "line_is_a_return"),
    ("order_items", "12202", "line_of_no_units"),
    ("order_items", "11601", "line_unit_price_is_rounded"),
    ("refunds", "11", "refund_waits_for_order"),
    ("refunds", "12", "refund_order_never_came"),
    ("refunds", "13", "refund_without_order"),
    ("refunds", "15", "refund_line_missing"),
    ("refunds", "8", "refund_before_order"),
    ("refunds", "9", "refund_time_not_credible"),
    ("marketing_touchpoints", "2", "touch_customer_missing"),
    ("marketing_touchpoints", "3", "touch_campaign_missing"),
    ("marketing_touchpoints", "4", "touch_time_not_credible"),
    ("marketing_touchpoints", "5", "touch_channel_unmapped"),
    ("marketing_touchpoints", "6", "touch_channel_unmapped"),
    ("customers", "201", "customer_segment_unmapped"),
    ("customers", "202", "customer_time_not_credible"),
    ("customers", "203", "customer_email_decomposed"),
    ("products", "3", "product_time_not_credible"),
    ("campaigns", "2", "campaign_channel_unmapped"),
    ("campaigns", "3", "campaign_date_not_credible"),
    ("campaigns", "4", "campaign_date_not_credible"),
    ("campaign_spend_daily", "55 2025-02-10", "spend_campaign_missing"),
    ("campaign_spend_daily", "1 2099-01-01", "spend_date_not_credible"),
    ("inventory_levels", "98 2025-02-10", "level_product_missing"),
    ("inventory_levels", "1 1970-01-01", "level_date_not_credible"),
}


def write_shop(directory: Path, tables: Mapping[str, Iterable[Row]] = SHOP) -> Path:
    """Write the tables as CSV files; returns the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        listed = list(rows)
        with (directory / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(listed[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(listed)
    return directory
