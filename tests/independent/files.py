"""A shop's files as plain Python records: money in whole cents, times with their zone."""

from collections.abc import Iterator, Sequence
from csv import DictReader
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from ecommerce_analytics.paths import DBT_PROJECT

ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Customer:
    """An account."""

    customer_id: int
    email: str | None
    signed_up_at: datetime


@dataclass(frozen=True)
class Order:
    """An order's header; `day` is the shop's local one."""

    order_id: int
    customer_id: int | None
    email: str | None
    status: str
    ordered_at: datetime
    discount: int
    shipping: int
    tax: int
    total: int
    campaign_id: int | None
    is_test: bool
    prices_include_tax: bool = False

    @property
    def day(self) -> date:
        """The local day of the order."""
        return local_day(self.ordered_at)


@dataclass(frozen=True)
class Item:
    """An order line; money in cents."""

    item_id: int
    order_id: int
    product_id: int | None
    quantity: int
    unit_price: int
    discount: int
    line_total: int
    unit_cost: int | None
    is_gift_card: bool
    line_type: str | None = None
    tax: int | None = None

    @property
    def is_return(self) -> bool:
        """Whether the line is a return on the order's day."""
        return self.quantity < 0 or self.line_total < 0

    @property
    def units(self) -> int:
        """Units sold."""
        return 0 if self.is_return else self.quantity


@dataclass(frozen=True)
class Refund:
    """A refund of a line, or of a whole order; money in cents."""

    refund_id: int
    order_id: int | None
    item_id: int | None
    quantity: int
    goods: int
    tax: int
    shipping: int
    refunded_at: datetime

    @property
    def day(self) -> date:
        """The local day of the refund."""
        return local_day(self.refunded_at)


@dataclass(frozen=True)
class Touch:
    """A marketing touch."""

    touchpoint_id: int
    customer_id: int | None
    anonymous_id: str | None
    channel: str
    campaign_id: int | None
    touched_at: datetime


@dataclass(frozen=True)
class Spend:
    """A campaign's spend on a day; money in cents."""

    campaign_id: int
    day: date
    spend: int
    impressions: int
    clicks: int


@dataclass(frozen=True)
class Stock:
    """A stock count."""

    product_id: int
    day: date
    on_hand: int


@dataclass(frozen=True)
class Files:
    """The contents of a shop's files that its figures need."""

    customers: Sequence[Customer]
    orders: Sequence[Order]
    items: Sequence[Item]
    refunds: Sequence[Refund]
    touches: Sequence[Touch]
    spend: Sequence[Spend]
    stock: Sequence[Stock]
    product_names: dict[int | None, str]
    campaigns: dict[int, tuple[str, str]]


def cents(amount: Decimal | None) -> int:
    """Money as whole cents; raises for fractions of a cent."""
    scaled = (amount or Decimal(0)) * 100
    assert scaled == int(scaled), f"{amount} is not a whole number of cents"
    return int(scaled)


def whole(quantity: Decimal) -> int:
    """A quantity in whole units; raises for fractions of one."""
    assert quantity == int(quantity), f"{quantity} is not a whole number of units"
    return int(quantity)


def local_day(moment: datetime) -> date:
    """The shop's local day of a time."""
    return moment.astimezone(ZONE).date()


def read_files(shop: Path) -> Files:
    """Read a shop's Parquet files; an absent optional table is empty."""
    return Files(
        customers=[
            Customer(key, email, _utc(signed_up))
            for key, email, signed_up in _rows(shop, "customers", "customer_id email signed_up_at")
        ],
        orders=_orders(shop),
        items=_items(shop),
        refunds=_refunds(shop),
        touches=_touches(shop),
        spend=[
            Spend(campaign, day, cents(spend), impressions, clicks)
            for campaign, day, spend, impressions, clicks in _rows(
                shop, "campaign_spend_daily", "campaign_id spend_date spend impressions clicks"
            )
        ],
        stock=[
            Stock(product, day, whole(on_hand))
            for product, day, on_hand in _rows(
                shop, "inventory_levels", "product_id level_date on_hand"
            )
        ],
        product_names=dict(_rows(shop, "products", "product_id product_name")),
        campaigns={
            key: (name, channel)
            for key, name, channel in _rows(shop, "campaigns", "campaign_id campaign_name channel")
        },
    )


def read_deliveries(shop: Path) -> dict[int, tuple[datetime | None, datetime | None]]:
    """When each order left the shop and when it arrived."""
    rows = _rows(shop, "orders", "order_id shipped_at delivered_at")
    return {key: (sent and _utc(sent), got and _utc(got)) for key, sent, got in rows}


class Hierarchy(dict[int | None, tuple[str, str, str]]):
    """Each product's department, category and subcategory, including unknown products."""

    def __missing__(self, key: int | None) -> tuple[str, str, str]:
        """The entry of a product outside the catalogue."""
        return "Unmapped", "(no product)" if key is None else "(unknown)", "(none)"


def read_hierarchy(shop: Path) -> Hierarchy:
    """Each product's department, category and subcategory."""
    with (DBT_PROJECT / "seeds" / "product_categories.csv").open(encoding="utf-8") as file:
        departments = {(r["category"], r["subcategory"]): r["department"] for r in DictReader(file)}
    return Hierarchy(
        {
            key: (departments.get((category, sub), "Unmapped"), category, sub or "(none)")
            for key, category, sub in _rows(shop, "products", "product_id category subcategory")
        }
    )


def _orders(shop: Path) -> list[Order]:
    columns = (
        "order_id customer_id email order_status ordered_at discount_total shipping_total "
        "tax_total order_total campaign_id is_test prices_include_tax"
    )
    return [
        Order(
            key,
            customer,
            email,
            status,
            _utc(ordered),
            cents(discount),
            cents(shipping),
            cents(tax),
            cents(total),
            campaign,
            is_test,
            bool(include_tax),
        )
        for (
            key,
            customer,
            email,
            status,
            ordered,
            discount,
            shipping,
            tax,
            total,
            campaign,
            is_test,
            include_tax,
        ) in _rows(shop, "orders", columns)
    ]


def _items(shop: Path) -> list[Item]:
    columns = (
        "order_item_id order_id product_id quantity unit_price discount line_total "
        "unit_cost is_gift_card line_type tax_amount"
    )
    return [
        Item(
            key,
            order,
            product,
            whole(quantity),
            cents(price),
            cents(discount),
            cents(total),
            None if cost is None else cents(cost),
            is_gift_card,
            line_type,
            None if tax is None else cents(tax),
        )
        for (
            key,
            order,
            product,
            quantity,
            price,
            discount,
            total,
            cost,
            is_gift_card,
            line_type,
            tax,
        ) in _rows(shop, "order_items", columns)
    ]


def _refunds(shop: Path) -> list[Refund]:
    columns = (
        "refund_id order_id order_item_id quantity goods_amount tax_amount shipping_amount "
        "refunded_at"
    )
    return [
        Refund(
            key, order, item, whole(units), cents(goods), cents(tax), cents(shipping), _utc(moment)
        )
        for key, order, item, units, goods, tax, shipping, moment in _rows(shop, "refunds", columns)
    ]


def _touches(shop: Path) -> list[Touch]:
    columns = "touchpoint_id customer_id anonymous_id channel campaign_id touched_at"
    return [
        Touch(key, customer, device, channel, campaign, _utc(moment))
        for key, customer, device, channel, campaign, moment in _rows(
            shop, "marketing_touchpoints", columns
        )
    ]


def _rows(shop: Path, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    path = shop / f"{table}.parquet"
    if not path.exists():
        return iter(())
    names = columns.split()
    read = pq.read_table(path)
    # An optional column may be missing, and is null then.
    present = set(read.column_names)
    nothing = [None] * read.num_rows
    return zip(
        *(read[name].to_pylist() if name in present else nothing for name in names), strict=True
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
