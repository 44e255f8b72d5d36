"""Which source rows count, and how: a second implementation of docs/irregular-rows.md."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from .files import Files, Item, Order, Refund

HELD_BACK = timedelta(days=30)
STATUSES = {"pending", "processing", "shipped", "delivered", "cancelled", "returned"}
CHANNELS = {"email", "social", "search", "display", "affiliate", "direct"}
LINE_TYPES = {"product", "gift_card", "fee", "tip"}
UNMAPPED = "(unmapped)"
# The seed value_mapping.
_MEANINGS = {"canceled": "cancelled", "e-mail": "email"}
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def admit(files: Files, loaded_at: datetime) -> tuple[Files, list[Refund]]:
    """The accepted files, and the refunds that count without an order."""
    latest = loaded_at + timedelta(days=1)

    def can_be(moment: datetime) -> bool:
        return _EARLIEST <= moment <= latest

    orders = {
        o.order_id: replace(o, status=_known(o.status, STATUSES))
        for o in files.orders
        if can_be(o.ordered_at)
    }
    named = {o.order_id for o in files.orders}
    accounts = {c.customer_id for c in files.customers}
    refunds = [
        _part(r if can_be(r.refunded_at) else replace(r, refunded_at=order.ordered_at), order)
        for r in files.refunds
        if (order := orders.get(r.order_id or 0))
    ]
    loose = [
        r if can_be(r.refunded_at) else replace(r, refunded_at=loaded_at)
        for r in files.refunds
        if r.order_id not in named
    ]
    items = [_typed(i) for i in files.items if i.order_id in orders]
    items += _lines_of_their_own(list(orders.values()), items, refunds)
    spend = [s for s in files.spend if can_be(datetime(*s.day.timetuple()[:3], tzinfo=UTC))]
    stock = [s for s in files.stock if can_be(datetime(*s.day.timetuple()[:3], tzinfo=UTC))]
    touches = [
        replace(t, channel=_known(t.channel, CHANNELS))
        for t in files.touches
        if (t.customer_id is None or t.customer_id in accounts)
        and (t.campaign_id is None or t.campaign_id in files.campaigns)
        and can_be(t.touched_at)
    ]
    return (
        replace(
            files,
            orders=list(orders.values()),
            items=items,
            refunds=refunds,
            spend=spend,
            stock=stock,
            touches=touches,
            product_names=_all_products(files, items),
            campaigns=_all_campaigns(files, list(orders.values())),
        ),
        [r for r in loose if r.order_id is None or r.refunded_at + HELD_BACK <= loaded_at],
    )


def _known(value: str, known: set[str]) -> str:
    form = value.strip(" ").lower()
    form = _MEANINGS.get(form, form)
    return form if form in known else UNMAPPED


def _part(refund: Refund, order: Order) -> Refund:
    """A refund without the tax included in its amounts."""
    if not order.prices_include_tax:
        return refund
    given = refund.goods + refund.shipping
    tax = refund.tax or _share(given, order.tax, order.total)
    of_shipping = _share(tax, refund.shipping, given)
    return replace(
        refund,
        goods=refund.goods - (tax - of_shipping),
        tax=tax,
        shipping=refund.shipping - of_shipping,
    )


def _share(value: int, part: int, whole: int) -> int:
    """Value x part / whole, rounded towards zero for any signs; 0 if the whole is 0."""
    if not whole:
        return 0
    size = abs(value * part) // abs(whole)
    return size if value * part * whole >= 0 else -size


def _typed(item: Item) -> Item:
    form = (item.line_type or "").strip(" ").lower()
    kind = form if form in LINE_TYPES else "gift_card" if item.is_gift_card else "product"
    return replace(item, line_type=kind, is_gift_card=kind == "gift_card")


def _lines_of_their_own(
    orders: Sequence[Order], items: Sequence[Item], refunds: Sequence[Refund]
) -> list[Item]:
    """A line without a product for each order that has money or a refund of goods but no lines."""
    with_lines = {item.order_id for item in items}
    refunded = {refund.order_id for refund in refunds if refund.goods}
    made = []
    for order in orders:
        if order.order_id in with_lines:
            continue
        paid = order.total - order.shipping - (0 if order.prices_include_tax else order.tax)
        if not paid and order.order_id not in refunded:
            continue
        total = paid + max(order.discount, 0) if paid > 0 else paid
        made.append(made_item(order.order_id, (paid > 0) - (paid < 0), total))
    return made


def made_item(order_id: int, quantity: int, total: int) -> Item:
    """The order's line without a product."""
    return Item(
        item_id=-2 * order_id - 1,
        order_id=order_id,
        product_id=None,
        quantity=quantity,
        unit_price=abs(total),
        discount=0,
        line_total=total,
        unit_cost=None,
        is_gift_card=False,
        line_type="fee",
    )


def _all_products(files: Files, items: Sequence[Item]) -> dict[int | None, str]:
    """The catalogue, and products sold or counted outside it."""
    mentioned = {item.product_id for item in items} | {s.product_id for s in files.stock}
    unknown = {
        key: "(no product)" if key is None else f"Unknown product {key}"
        for key in mentioned - files.product_names.keys()
    }
    return {**files.product_names, **unknown}


def _all_campaigns(files: Files, orders: Sequence[Order]) -> dict[int, tuple[str, str]]:
    """The campaigns, and those that only orders or spend name."""
    mentioned = {o.campaign_id for o in orders} | {s.campaign_id for s in files.spend}
    known = {
        key: (name, _known(channel, CHANNELS)) for key, (name, channel) in files.campaigns.items()
    }
    unknown = {
        key: (f"Unknown campaign {key}", UNMAPPED)
        for key in mentioned - known.keys()
        if key is not None
    }
    return {**known, **unknown}
