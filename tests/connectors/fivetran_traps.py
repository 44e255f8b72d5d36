"""What goes wrong with Shopify by Fivetran: raw rows, and the contract's rows that they mean.

Each trap has its own order; the raw rows and the contract's rows are both written by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any, Final

Rows = Mapping[str, list[dict[str, Any]]]

PRODUCT: Final = 9901
VARIANT: Final = 9911
ITEM: Final = 9921
NOON: Final = "2025-06-02 16:00:00"
LATER: Final = "2025-06-20 16:00:00"
# Fivetran's time of each row, and of the rows that come last in the first sync and in the second.
FIRST_SYNC: Final = "2026-01-02 06:00:00"
LAST_OF_FIRST: Final = "2026-01-02 06:30:00"
SECOND_SYNC: Final = "2026-01-03 06:00:00"


@dataclass(frozen=True)
class Trap:
    """One trap: a sentence, Fivetran's rows and the contract's rows."""

    about: str
    raw: Rows
    contract: Rows


def campaign_id(channel: str, campaign: str) -> int:
    """The number that the warehouse gives to a campaign."""
    digest = md5(f"{channel} {campaign.lower()}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:15], 16)


def made(number: int) -> int:
    """The key of a row that the base models make of another row."""
    return -4 * number - 4


def _order(number: int, total: float, **other: Any) -> dict[str, Any]:
    return {
        "id": number,
        "customer_id": 9100,
        "email": "pat@example.com",
        "created_at": NOON,
        "processed_at": NOON,
        "updated_at": NOON,
        "cancelled_at": None,
        "financial_status": "paid",
        "fulfillment_status": None,
        "total_discounts": 0,
        "total_tax": 0,
        "total_price": total,
        "total_tip_received": 0,
        "taxes_included": False,
        "test": False,
        "currency": "USD",
        "presentment_currency": "CAD",
    } | other


def _line(number: int, price: float, place: int = 1, **other: Any) -> dict[str, Any]:
    return {
        "id": number * 10 + place,
        "order_id": number,
        "index": place,
        "variant_id": VARIANT,
        "title": "Trap",
        "name": "Trap",
        "sku": "TRAP",
        "quantity": 1,
        "price": price,
        "total_discount": 0,
        "gift_card": False,
        "requires_shipping": True,
    } | other


def _refund(number: int, refund: int = 0) -> dict[str, Any]:
    return {
        "id": refund or number * 10,
        "order_id": number,
        "created_at": LATER,
        "processed_at": LATER,
    }


def _refund_line(number: int, subtotal: float, tax: float = 0, **other: Any) -> dict[str, Any]:
    return {
        "id": number * 10 + 1,
        "refund_id": number * 10,
        "order_line_id": number * 10 + 1,
        "quantity": 1,
        "subtotal": subtotal,
        "total_tax": tax,
        "restock_type": "return",
    } | other


def _adjustment(number: int, kind: str, amount: float, tax: float = 0) -> dict[str, Any]:
    return {
        "id": number,
        "order_id": number,
        "refund_id": number * 10,
        "kind": kind,
        "reason": kind.replace("_", " ").capitalize(),
        "amount": amount,
        "tax_amount": tax,
    }


def _money(number: int, place: int, kind: str, amount: float, **other: Any) -> dict[str, Any]:
    return {
        "id": number * 10 + place,
        "order_id": number,
        "kind": kind,
        "status": "success",
        "gateway": "shopify_payments",
        "amount": amount,
    } | other


def _sold(number: int, total: float, **other: Any) -> dict[str, Any]:
    """The contract's row of an order."""
    return {
        "order_id": number,
        "customer_id": 9100,
        "email": "pat@example.com",
        "order_status": "processing",
        "ordered_at": NOON,
        "subtotal": total,
        "discount_total": 0,
        "shipping_total": 0,
        "tax_total": 0,
        "order_total": total,
        "currency": "USD",
        "is_test": False,
        "prices_include_tax": False,
        "updated_at": NOON,
    } | other


def _item(number: int, price: float, place: int = 1, **other: Any) -> dict[str, Any]:
    """The contract's row of an order line."""
    return {
        "order_item_id": number * 10 + place,
        "order_id": number,
        "line_number": place,
        "product_id": VARIANT,
        "quantity": 1,
        "unit_price": price,
        "discount": 0,
        "line_total": price,
        "unit_cost": 4,
        "is_gift_card": False,
        "line_type": "product",
        "tax_amount": 0,
        "updated_at": NOON,
    } | other


def _given_back(key: int, number: int, goods: float, **other: Any) -> dict[str, Any]:
    """The contract's row of a refund."""
    return {
        "refund_id": key,
        "order_id": number,
        "order_item_id": None,
        "quantity": 0,
        "goods_amount": goods,
        "tax_amount": 0,
        "shipping_amount": 0,
        "refunded_at": LATER,
    } | other


def _of_line(number: int, goods: float, **other: Any) -> dict[str, Any]:
    more = {"order_item_id": number * 10 + 1, "quantity": 1} | other
    return _given_back(number * 10 + 1, number, goods, **more)


def _customer(number: int, **other: Any) -> dict[str, Any]:
    return {
        "id": number,
        "email": "pat@example.com",
        "first_name": "Pat",
        "last_name": "Person",
        "state": "disabled",
        "email_marketing_consent_state": "not_subscribed",
        "created_at": "2025-01-01 12:00:00",
        "updated_at": "2025-01-02 12:00:00",
    } | other


def _account(number: int, **other: Any) -> dict[str, Any]:
    """The contract's row of a customer."""
    return {
        "customer_id": number,
        "email": "pat@example.com",
        "customer_name": "Pat Person",
        "accepts_marketing": False,
        "is_test": False,
        "signed_up_at": "2025-01-01 12:00:00",
        "updated_at": "2025-01-02 12:00:00",
    } | other


def _simple(
    about: str, number: int, raw: dict[str, Any], contract: dict[str, Any], total: float = 20
) -> Trap:
    """A trap of the order's header alone."""
    return Trap(
        about,
        {"order": [_order(number, total, **raw)], "order_line": [_line(number, total)]},
        {"orders": [_sold(number, total, **contract)], "order_items": [_item(number, total)]},
    )


def _visit(number: int, campaign: str, **tags: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    rows = [
        {"order_id": number, "key": f"utm_{key}", "value": value}
        for key, value in {**tags, "campaign": campaign}.items()
    ]
    touch = {
        "touchpoint_id": made(number),
        "customer_id": 9100,
        "channel": "social",
        "campaign_id": campaign_id("social", campaign),
        "touch_type": "click",
        "touched_at": NOON,
    }
    return rows, touch


_SPRING, _SPRING_TOUCH = _visit(9029, "Spring", source="facebook", medium="cpc")
_CAPITALS, _CAPITALS_TOUCH = _visit(9030, "SPRING", source="instagram", medium="paid")

TRAPS: Final = (
    Trap(
        "prices include tax; a refund's subtotal and its shipping come without it",
        {
            "order": [
                _order(
                    9001, 130.90, total_tax=20.90, taxes_included=True, financial_status="refunded"
                )
            ],
            "order_line": [_line(9001, 119)],
            "tax_line": [{"order_line_id": 90011, "index": 0, "price": 19}],
            "order_shipping_line": [
                {"id": 9001, "order_id": 9001, "price": 11.90, "discounted_price": 11.90}
            ],
            "refund": [_refund(9001)],
            "order_line_refund": [_refund_line(9001, 100, 19)],
            "order_adjustment": [_adjustment(9001, "shipping_refund", -10, -1.90)],
        },
        {
            "orders": [
                _sold(
                    9001,
                    130.90,
                    subtotal=119,
                    shipping_total=11.90,
                    tax_total=20.90,
                    prices_include_tax=True,
                    order_status="returned",
                )
            ],
            "order_items": [_item(9001, 119, tax_amount=19)],
            "refunds": [
                _of_line(9001, 119, tax_amount=19),
                _given_back(made(9001), 9001, 0, tax_amount=1.90, shipping_amount=11.90),
            ],
        },
    ),
    Trap(
        "prices include tax, and so does a refund's subtotal",
        {
            "order": [_order(9002, 119, total_tax=19, taxes_included=True)],
            "order_line": [_line(9002, 59.50, quantity=2)],
            "tax_line": [{"order_line_id": 90021, "index": 0, "price": 19}],
            "refund": [_refund(9002)],
            "order_line_refund": [_refund_line(9002, 59.50, 9.50)],
        },
        {
            "orders": [_sold(9002, 119, tax_total=19, prices_include_tax=True)],
            "order_items": [_item(9002, 59.50, quantity=2, line_total=119, tax_amount=19)],
            "refunds": [_of_line(9002, 59.50, tax_amount=9.50)],
        },
    ),
    _simple("an imported order is dated when it was placed", 9003, {"created_at": LATER}, {}),
    Trap(
        "an order's code is on its lines only as allocations; one of shipping is in the total",
        {
            "order": [_order(9004, 36, total_discounts=9)],
            "order_line": [_line(9004, 40)],
            "discount_allocation": [
                {"order_line_id": 90041, "index": 0, "amount": 3},
                {"order_line_id": 90041, "index": 1, "amount": 1},
            ],
            "order_shipping_line": [
                {"id": 9004, "order_id": 9004, "price": 5, "discounted_price": 0}
            ],
        },
        {
            "orders": [_sold(9004, 36, subtotal=40, discount_total=4)],
            "order_items": [_item(9004, 40, discount=4, line_total=36)],
        },
    ),
    Trap(
        "a line is put back in stock without money",
        {
            "order": [_order(9005, 30)],
            "order_line": [_line(9005, 30)],
            "refund": [_refund(9005)],
            "order_line_refund": [_refund_line(9005, 30)],
            "order_adjustment": [_adjustment(9005, "refund_discrepancy", 30)],
        },
        {
            "orders": [_sold(9005, 30)],
            "order_items": [_item(9005, 30)],
            "refunds": [_of_line(9005, 30), _given_back(made(9005), 9005, -30)],
        },
    ),
    Trap(
        "goodwill is a discrepancy below 0, without a line",
        {
            "order": [_order(9006, 30)],
            "order_line": [_line(9006, 30)],
            "refund": [_refund(9006)],
            "order_adjustment": [_adjustment(9006, "refund_discrepancy", -5)],
        },
        {
            "orders": [_sold(9006, 30)],
            "order_items": [_item(9006, 30)],
            "refunds": [_given_back(made(9006), 9006, 5)],
        },
    ),
    Trap(
        "an edit removes one line, a refund without money, and adds another",
        {
            "order": [_order(9007, 50)],
            "order_line": [_line(9007, 50), _line(9007, 50, 2)],
            "refund": [_refund(9007)],
            "order_line_refund": [_refund_line(9007, 50, restock_type="cancel")],
        },
        {
            "orders": [_sold(9007, 50, subtotal=100)],
            "order_items": [_item(9007, 50), _item(9007, 50, 2)],
            "refunds": [_of_line(9007, 50)],
        },
    ),
    Trap(
        "a gift card is sold",
        {
            "order": [_order(9008, 25)],
            "order_line": [_line(9008, 25, gift_card=True, requires_shipping=False)],
        },
        {
            "orders": [_sold(9008, 25)],
            "order_items": [_item(9008, 25, is_gift_card=True, line_type="gift_card")],
        },
    ),
    Trap(
        "a gift card as payment is no discount",
        {
            "order": [_order(9009, 30)],
            "order_line": [_line(9009, 30)],
            "transaction": [
                _money(9009, 1, "sale", 20, gateway="gift_card"),
                _money(9009, 2, "sale", 10),
                _money(9009, 3, "sale", 10, gateway="another", status="failure"),
            ],
        },
        {
            "orders": [_sold(9009, 30, payment_method="shopify_payments")],
            "order_items": [_item(9009, 30)],
        },
    ),
    Trap(
        "a tip in the header only",
        {
            "order": [_order(9010, 23, total_tip_received=3)],
            "order_line": [_line(9010, 20)],
        },
        {
            "orders": [_sold(9010, 23)],
            "order_items": [
                _item(9010, 20),
                _item(
                    9010,
                    3,
                    2,
                    order_item_id=made(9010),
                    product_id=None,
                    unit_cost=None,
                    line_type="tip",
                ),
            ],
        },
    ),
    Trap(
        "a tip that is a line too",
        {
            "order": [_order(9011, 23, total_tip_received=3)],
            "order_line": [_line(9011, 20), _line(9011, 3, 2, variant_id=None, title="Tip")],
        },
        {
            "orders": [_sold(9011, 23)],
            "order_items": [
                _item(9011, 20),
                _item(9011, 3, 2, product_id=None, unit_cost=None, line_type="tip"),
            ],
        },
    ),
    Trap(
        "duties are in the total only",
        {"order": [_order(9012, 22.50)], "order_line": [_line(9012, 20)]},
        {
            "orders": [_sold(9012, 22.50, subtotal=20, shipping_total=2.50)],
            "order_items": [_item(9012, 20)],
        },
    ),
    Trap(
        "a fee, and a custom line without a variant",
        {
            "order": [_order(9013, 31)],
            "order_line": [
                _line(9013, 20, variant_id=None, sku=None, title="Engraving"),
                _line(
                    9013,
                    11,
                    2,
                    variant_id=None,
                    sku=None,
                    title="Handling fee",
                    requires_shipping=False,
                ),
            ],
        },
        {
            "orders": [_sold(9013, 31)],
            "order_items": [
                _item(9013, 20, product_id=None, unit_cost=None),
                _item(9013, 11, 2, product_id=None, unit_cost=None, line_type="fee"),
            ],
        },
    ),
    _simple("a test order", 9014, {"test": True}, {"is_test": True}),
    Trap(
        "a cancelled order, its line put back and its money returned",
        {
            "order": [_order(9015, 20, cancelled_at=LATER, financial_status="refunded")],
            "order_line": [_line(9015, 20)],
            "refund": [_refund(9015)],
            "order_line_refund": [_refund_line(9015, 20, restock_type="cancel")],
        },
        {
            "orders": [_sold(9015, 20, cancelled_at=LATER, order_status="cancelled")],
            "order_items": [_item(9015, 20)],
            "refunds": [_of_line(9015, 20)],
        },
    ),
    _simple("a voided order", 9016, {"financial_status": "voided"}, {"order_status": "cancelled"}),
    _simple(
        "an order that waits for its payment",
        9017,
        {"financial_status": "pending"},
        {"order_status": "pending"},
    ),
    Trap(
        "a deleted product that was sold",
        {
            "order": [_order(9018, 20)],
            "order_line": [_line(9018, 20, variant_id=9912)],
            "product": [
                {
                    "id": 9902,
                    "title": "Gone",
                    "product_type": "",
                    "vendor": "",
                    "status": "active",
                    "created_at": "2025-01-01 12:00:00",
                    "updated_at": "2025-01-02 12:00:00",
                    "_fivetran_deleted": True,
                }
            ],
            "product_variant": [
                {
                    "id": 9912,
                    "product_id": 9902,
                    "inventory_item_id": 9922,
                    "title": "Large",
                    "sku": "",
                    "price": 20,
                    "created_at": "2025-01-01 12:00:00",
                    "updated_at": "2025-01-02 12:00:00",
                }
            ],
        },
        {
            "orders": [_sold(9018, 20)],
            "order_items": [_item(9018, 20, product_id=9912, unit_cost=None)],
            "products": [
                {
                    "product_id": 9912,
                    "product_name": "Gone - Large",
                    "category": "Uncategorized",
                    "list_price": 20,
                    "is_active": False,
                    "created_at": "2025-01-01 12:00:00",
                    "updated_at": "2025-01-02 12:00:00",
                }
            ],
        },
    ),
    Trap(
        "a customer whose data was erased",
        {
            "customer": [_customer(9101, email=None, first_name=None, last_name=None)],
            "order": [_order(9019, 20, customer_id=9101, email=None)],
            "order_line": [_line(9019, 20)],
        },
        {
            "customers": [_account(9101, email=None, customer_name=None)],
            "orders": [_sold(9019, 20, customer_id=9101, email=None)],
            "order_items": [_item(9019, 20)],
        },
    ),
    Trap(
        "two accounts of one person, with an address and a tag",
        {
            "customer": [
                _customer(
                    9102,
                    email=" Sam@Example.com",
                    default_address_id=2,
                    email_marketing_consent_state="subscribed",
                ),
                _customer(9103, email="sam@example.com"),
            ],
            "customer_address": [
                {"id": 1, "customer_id": 9102, "city": "Old", "country_code": "US"},
                {
                    "id": 2,
                    "customer_id": 9102,
                    "city": "Albany",
                    "country_code": "US",
                    "province_code": "NY",
                },
            ],
            "customer_tag": [
                {"customer_id": 9102, "index": 1, "value": "VIP"},
                {"customer_id": 9102, "index": 2, "value": "likes tea"},
            ],
            "order": [
                _order(9020, 20, customer_id=9102, email="sam@example.com"),
                _order(9021, 20, customer_id=9103, email="sam@example.com"),
            ],
            "order_line": [_line(9020, 20), _line(9021, 20)],
        },
        {
            "customers": [
                _account(
                    9102,
                    email=" Sam@Example.com",
                    segment="vip",
                    state="NY",
                    country="US",
                    city="Albany",
                    accepts_marketing=True,
                ),
                _account(9103, email="sam@example.com"),
            ],
            "orders": [
                _sold(9020, 20, customer_id=9102, email="sam@example.com"),
                _sold(9021, 20, customer_id=9103, email="sam@example.com"),
            ],
            "order_items": [_item(9020, 20), _item(9021, 20)],
        },
    ),
    _simple(
        "a point of sale without a customer",
        9022,
        {"customer_id": None, "email": None},
        {"customer_id": None, "email": None},
    ),
    Trap(
        "a deleted order takes its lines and refunds along",
        {
            "order": [_order(9023, 20, _fivetran_deleted=True, _fivetran_synced=SECOND_SYNC)],
            "order_line": [_line(9023, 20)],
            "refund": [_refund(9023)],
            "order_line_refund": [_refund_line(9023, 5)],
        },
        {},
    ),
    Trap(
        "a deleted line, refund line and customer",
        {
            "customer": [_customer(9104, _fivetran_deleted=True, _fivetran_synced=SECOND_SYNC)],
            "order": [_order(9024, 20)],
            "order_line": [
                _line(9024, 20),
                _line(9024, 7, 2, _fivetran_deleted=True, _fivetran_synced=SECOND_SYNC),
            ],
            "refund": [_refund(9024)],
            "order_line_refund": [
                _refund_line(9024, 5, _fivetran_deleted=True, _fivetran_synced=SECOND_SYNC)
            ],
        },
        {"orders": [_sold(9024, 20)], "order_items": [_item(9024, 20)]},
    ),
    Trap(
        "two parcels, of which one has come, and one that was never sent",
        {
            "order": [_order(9026, 20, fulfillment_status="fulfilled")],
            "order_line": [_line(9026, 20)],
            "fulfillment": [
                {"id": 90261, "order_id": 9026, "status": "cancelled", "created_at": NOON},
                {
                    "id": 90262,
                    "order_id": 9026,
                    "status": "success",
                    "created_at": "2025-06-03 16:00:00",
                },
                {
                    "id": 90263,
                    "order_id": 9026,
                    "status": "success",
                    "created_at": "2025-06-05 16:00:00",
                },
            ],
            "fulfillment_event": [
                {
                    "id": 90261,
                    "fulfillment_id": 90262,
                    "status": "delivered",
                    "happened_at": "2025-06-07 16:00:00",
                    "_fivetran_synced": LAST_OF_FIRST,
                }
            ],
        },
        {
            "orders": [
                _sold(
                    9026,
                    20,
                    order_status="shipped",
                    shipped_at="2025-06-03 16:00:00",
                    delivered_at="2025-06-07 16:00:00",
                )
            ],
            "order_items": [_item(9026, 20)],
        },
    ),
    _simple("an order without a currency has the shop's", 9027, {"currency": None}, {}),
    Trap(
        "a refund that is only a movement of money",
        {
            "order": [_order(9028, 20)],
            "order_line": [_line(9028, 20)],
            "refund": [_refund(9028)],
            "transaction": [
                _money(9028, 1, "sale", 20),
                _money(9028, 2, "refund", 6, refund_id=90280),
                _money(9028, 3, "refund", 6, refund_id=90280, status="failure"),
            ],
        },
        {
            "orders": [_sold(9028, 20, payment_method="shopify_payments")],
            "order_items": [_item(9028, 20)],
            "refunds": [_given_back(-8 * 90280 - 10, 9028, 6)],
        },
    ),
    Trap(
        "utm parameters, in two spellings of one campaign",
        {
            "order": [_order(9029, 20), _order(9030, 20)],
            "order_line": [_line(9029, 20), _line(9030, 20)],
            "order_url_tag": [*_SPRING, *_CAPITALS],
        },
        {
            "orders": [
                _sold(9029, 20, campaign_id=campaign_id("social", "spring")),
                _sold(9030, 20, campaign_id=campaign_id("social", "spring")),
            ],
            "order_items": [_item(9029, 20), _item(9030, 20)],
            "marketing_touchpoints": [_SPRING_TOUCH, _CAPITALS_TOUCH],
            "campaigns": [
                {
                    "campaign_id": campaign_id("social", "spring"),
                    "campaign_name": "SPRING",
                    "channel": "social",
                    "start_date": "2025-06-02",
                    "updated_at": NOON,
                }
            ],
        },
    ),
    Trap(
        "visits that Shopify recorded count, and the order's own parameters do not",
        {
            "order": [_order(9031, 20)],
            "order_line": [_line(9031, 20)],
            "order_url_tag": _visit(9031, "Autumn", source="x", medium="cpc")[0],
            "customer_visit": [
                {
                    "id": 90311,
                    "order_id": 9031,
                    "source": "Google",
                    "source_type": "SEO",
                    "occurred_at": "2025-05-30 16:00:00",
                    "_fivetran_synced": SECOND_SYNC,
                },
                {
                    "id": 90312,
                    "order_id": 9031,
                    "source": "an e-mail",
                    "utm_parameters_source": "klaviyo",
                    "utm_parameters_medium": "email",
                    "utm_parameters_campaign": "June",
                    "occurred_at": "2025-06-01 16:00:00",
                    "_fivetran_synced": SECOND_SYNC,
                },
            ],
        },
        {
            "orders": [_sold(9031, 20, campaign_id=campaign_id("email", "June"))],
            "order_items": [_item(9031, 20)],
            "marketing_touchpoints": [
                {
                    "touchpoint_id": 90311,
                    "customer_id": 9100,
                    "channel": "search",
                    "campaign_id": None,
                    "touch_type": "click",
                    "touched_at": "2025-05-30 16:00:00",
                },
                {
                    "touchpoint_id": 90312,
                    "customer_id": 9100,
                    "channel": "email",
                    "campaign_id": campaign_id("email", "June"),
                    "touch_type": "email",
                    "touched_at": "2025-06-01 16:00:00",
                },
            ],
            "campaigns": [
                {
                    "campaign_id": campaign_id("email", "June"),
                    "campaign_name": "June",
                    "channel": "email",
                    "start_date": "2025-06-01",
                    "updated_at": "2025-06-01 16:00:00",
                }
            ],
        },
    ),
)

# The product and the customer of most traps.
COMMON: Final = Trap(
    "what the traps have in common",
    {
        "customer": [_customer(9100)],
        "product": [
            {
                "id": PRODUCT,
                "title": "Trap",
                "product_type": "Traps",
                "vendor": "Maker",
                "status": "active",
                "created_at": "2025-01-01 12:00:00",
                "updated_at": "2025-01-02 12:00:00",
            }
        ],
        "product_variant": [
            {
                "id": VARIANT,
                "product_id": PRODUCT,
                "inventory_item_id": ITEM,
                "title": "Default Title",
                "sku": "TRAP",
                "price": 20,
                "created_at": "2025-01-01 12:00:00",
                "updated_at": "2025-01-03 12:00:00",
            }
        ],
        "inventory_item": [{"id": ITEM, "unit_cost_amount": 4}],
    },
    {
        "customers": [_account(9100)],
        "products": [
            {
                "product_id": VARIANT,
                "product_name": "Trap",
                "sku": "TRAP",
                "category": "Traps",
                "brand": "Maker",
                "unit_cost": 4,
                "list_price": 20,
                "is_active": True,
                "created_at": "2025-01-01 12:00:00",
                "updated_at": "2025-01-03 12:00:00",
            }
        ],
    },
)
