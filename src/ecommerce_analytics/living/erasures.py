"""Privacy: persons who request erasure, and are erased.

A person is all accounts that share an e-mail address, and all orders placed with it. The accounts
are deleted and listed in `erasures`; orders become anonymous, so that revenue does not change;
touches become touches of a browser. The person's planned events are cancelled.
"""

from typing import Final

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.arrays import I64, Purpose, generator
from ecommerce_analytics.generate.columns import hex_text
from ecommerce_analytics.living.changes import how_many, log
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.state import State, Values

_SHARE_A_YEAR: Final = 0.008
_LEAST: Final = 0.2
# The job runs late in the evening.
_BEFORE_MIDNIGHT: Final = 1_800

# Reads the orders once; everything else is derived from the result.
_GROW: Final = """
    insert into erased_emails
    select lower(trim(email)) from (
        select email from raw_data.customers semi join erased using (customer_id)
        union all
        select email from raw_data.orders semi join erased using (customer_id)
    ) where email is not null
    except select email from erased_emails;
    create or replace temp table erased_orders as
    select order_id, customer_id from raw_data.orders
    where customer_id in (select customer_id from erased)
        or lower(trim(email)) in (select email from erased_emails);
    insert into erased
    select customer_id from raw_data.customers
    where lower(trim(email)) in (select email from erased_emails)
    union
    select customer_id from erased_orders where customer_id is not null
    except select customer_id from erased
"""
_SCRATCH: Final = ("erased", "erased_emails", "erased_orders")


def erase(state: State, day: Day) -> None:
    """Erase the persons who requested it on the day."""
    rng = generator(state.seed, Purpose.DAY_ERASURES, day.ordinal)
    there = state.frame(
        "select customer_id from raw_data.customers where arrives_on < ? order by 1", day.ordinal
    )["customer_id"]
    count = how_many(len(there) * _SHARE_A_YEAR / 365, _LEAST, len(there), rng)
    if not count:
        return
    state.record()
    at = day.end - 1 - int(rng.integers(0, _BEFORE_MIDNIGHT))
    _find(state, rng.choice(there, count, replace=False))
    _strip_orders(state, day, at)
    _strip_touches(state, day, rng)
    _cancel_plans(state, day)
    gone = state.frame(
        "select customer_id from erased join raw_data.customers using (customer_id) "
        "where arrives_on < ? order by 1",
        day.ordinal,
    )["customer_id"]
    log(state, day, "customer erased", "customers", gone, np.full(len(gone), at))
    with state.given("gone", {"customer_id": gone}):
        state.execute(
            "insert into hidden.deletions select 'customers', customer_id, null from gone"
        )
        state.execute(
            "insert into raw_data.erasures by name select customer_id, instant(?) as erased_at, "
            "? as arrives_on, ? as changed_on from gone",
            at,
            day.ordinal,
            day.ordinal,
        )
    for table in ("raw_data.customers", "hidden.accounts"):
        state.execute(
            f"delete from {table} where customer_id in (select customer_id from erased)"  # noqa: S608
        )
    for table in _SCRATCH:
        state.execute(f"drop table {table}")


def _find(state: State, asked: I64) -> None:
    """Fill `erased`, `erased_emails` and `erased_orders` with these persons' data."""
    state.execute("create temp table erased (customer_id bigint)")
    state.execute("create temp table erased_emails (email varchar)")
    state.insert("erased", customer_id=asked)
    before = 0
    while (found := state.value("select count(*) from erased")) != before:
        before = found
        for statement in _GROW.split(";"):
            state.execute(statement)


def _strip_orders(state: State, day: Day, at: int) -> None:
    state.execute(
        """
        update raw_data.orders set email = null, customer_id = null, changed_on = ?,
            updated_at = greatest(updated_at, instant(?))
        where order_id in (select order_id from erased_orders)
        """,
        day.ordinal,
        at,
    )


def _strip_touches(state: State, day: Day, rng: np.random.Generator) -> None:
    """Remove the link to the account.

    An e-mail that was only sent gets a browser id used nowhere else.
    """
    found = state.frame(
        """
        select touchpoint_id, anonymous_id is null as unseen from raw_data.marketing_touchpoints
        where customer_id in (select customer_id from erased) order by touchpoint_id
        """
    )
    count = len(found["touchpoint_id"])
    device = rng.integers(0, 1 << 64, count, dtype=np.uint64)
    given: dict[str, Values] = {
        "touchpoint_id": found["touchpoint_id"],
        "device": hex_text(device, np.zeros(count, dtype=np.bool_)),
        "unseen": pa.array(found["unseen"].astype(np.bool_)),
    }
    with state.given("given", given):
        state.execute(
            """
            update raw_data.marketing_touchpoints set customer_id = null, changed_on = ?,
                anonymous_id = case when unseen then device else anonymous_id end
            from given where given.touchpoint_id = marketing_touchpoints.touchpoint_id
            """,
            day.ordinal,
        )


def _cancel_plans(state: State, day: Day) -> None:
    for table, column in (("touches", "person"), ("intentions", "customer_id")):
        state.execute(
            f"delete from hidden.{table} where {column} in (select customer_id from erased)"  # noqa: S608
        )
    state.execute(
        "delete from hidden.changes where table_name = 'customers' and happened_on > ? "
        "and key in (select customer_id from erased)",
        day.ordinal,
    )
