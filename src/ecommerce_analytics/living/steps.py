"""Pending events that happen on the day: touches, order steps, refunds."""

from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.orders import LATEST
from ecommerce_analytics.living.state import State

# The instants of a plan in the order in which an order reaches them; a skipped one is null.
_STEPS = """
    nullif(paid, -1) as paid, nullif(shipped, -1) as shipped, nullif(delivered, -1) as delivered,
    nullif(cancelled, -1) as cancelled, nullif(returned, -1) as returned
"""


def touch(state: State, day: Day) -> None:
    """Number the touches that reach the warehouse on the day; most of them happened on it."""
    state.execute(
        "delete from hidden.touches where arrives_on < ?",
        day.ordinal - LATEST - 12,
    )
    arriving = "from hidden.touches where arrives_on = ?"
    first = state.take_ids(
        "marketing_touchpoints",
        state.value(f"select count(*) {arriving}", day.ordinal),
    )
    state.execute(
        f"""
        insert into raw_data.marketing_touchpoints by name
        select ? + row_number() over (order by moment, seq) - 1 as touchpoint_id,
            case when known and person > 0 then person end as customer_id, anonymous_id, channel,
            campaign_id, touch_type, instant(moment) as touched_at, arrives_on,
            arrives_on as changed_on
        {arriving} order by touchpoint_id
        """,
        first,
        day.ordinal,
    )


def step(state: State, day: Day) -> None:
    """Apply the day's steps: orders are paid, sent, delivered, cancelled, returned."""
    state.execute(
        f"""
        update raw_data.orders set
            order_status = taken.status,
            shipped_at = instant(taken.shipped),
            delivered_at = instant(taken.delivered),
            cancelled_at = instant(taken.cancelled),
            updated_at = greatest(orders.updated_at, instant(taken.last)),
            changed_on = ?
        from (
            select order_id,
                case
                    when cancelled < until then 'cancelled'
                    when returned < until then 'returned'
                    when delivered < until then 'delivered'
                    when shipped < until then 'shipped'
                    else 'processing'
                end as status,
                case when shipped < until then shipped end as shipped,
                case when delivered < until then delivered end as delivered,
                case when cancelled < until then cancelled end as cancelled,
                greatest(
                    case when paid < until then paid end,
                    case when shipped < until then shipped end,
                    case when delivered < until then delivered end,
                    case when cancelled < until then cancelled end,
                    case when returned < until then returned end
                ) as last
            from (select order_id, {_STEPS}, cast(? as bigint) as until from hidden.plans)
            where last >= ?
        ) as taken
        where taken.order_id = orders.order_id
        """,  # noqa: S608
        day.ordinal,
        day.end,
        day.start,
    )


def forget(state: State, day: Day) -> None:
    """Delete the plans of finished orders, and what the day's batch has already included."""
    state.execute("delete from hidden.deletions")
    state.execute("delete from hidden.changes where happened_on <= ?", day.ordinal)
    state.execute(
        """
        delete from hidden.plans
        where greatest(ordered, paid, shipped, delivered, cancelled, returned) < ?
            and arrives_on < ?
        """,
        day.start,
        day.ordinal,
    )


def refund(state: State, day: Day) -> None:
    """Pay the refunds of the day, and earlier ones whose order arrives on it."""
    due = "from hidden.refunds where moment < ? and arrives_on <= ?"
    first = state.take_ids(
        "refunds",
        state.value(f"select count(*) {due}", day.end, day.ordinal),
    )
    state.execute(
        f"""
        insert into raw_data.refunds by name
        select ? + row_number() over (order by moment, seq) - 1 as refund_id, order_id,
            order_item_id, quantity, goods_amount, tax_amount, shipping_amount,
            instant(moment) as refunded_at, cast(? as integer) as arrives_on,
            cast(? as integer) as changed_on
        {due} order by refund_id
        """,
        first,
        day.ordinal,
        day.ordinal,
        day.end,
        day.ordinal,
    )
    state.execute(
        "delete from hidden.refunds where moment < ? and arrives_on <= ?", day.end, day.ordinal
    )
