"""The initial simulation state of a generated shop, at the end of its last day.

Most of it comes from the tables. Purchase rates, product and campaign parameters and parcels in
transit are drawn as the generator drew them, or derived from the truth it wrote.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate.arrays import DAY
from ecommerce_analytics.generate.campaigns import COST, SPEND_PER_ORDER, Campaigns, draw_campaigns
from ecommerce_analytics.generate.inventory import REORDER_WEEKS, WEEKS_COVERED
from ecommerce_analytics.generate.products import Products, draw_products
from ecommerce_analytics.generate.profiles import places
from ecommerce_analytics.generate.shop_calendar import ShopCalendar
from ecommerce_analytics.generate.touches import WINDOW
from ecommerce_analytics.living.days import Day, Pace
from ecommerce_analytics.living.demand import HORIZON
from ecommerce_analytics.living.planning import plan
from ecommerce_analytics.living.remainders import leave_remainders
from ecommerce_analytics.living.state import State

_COUNTED: Final = {
    "customers": "customer_id",
    "orders": "order_id",
    "order_items": "order_item_id",
    "products": "product_id",
    "campaigns": "campaign_id",
    "marketing_touchpoints": "touchpoint_id",
    "refunds": "refund_id",
}
_STOCK_WEEKS: Final = 8


def begin(state: State, shop: Path) -> None:
    """Fill the state of a shop whose tables are already loaded.

    Args:
        state: The simulation state, with empty hidden tables.
        shop: The shop's directory, for the truth that the generator wrote.

    Raises:
        EcomError: The truth is missing, or the shop was generated from another vocabulary.
    """
    spec = state.manifest.spec
    calendar = ShopCalendar.of(spec.start, spec.end, state.timezone)
    products = draw_products(calendar, state.seed, spec.orders)
    campaigns = draw_campaigns(calendar, state.seed)
    for table, mine in (("products", len(products)), ("campaigns", len(campaigns))):
        found = state.value(f"select count(*) from raw_data.{table}")  # noqa: S608
        if found != mine:
            raise EcomError(
                f"{shop} has {found} {table} where its seed gives {mine}: the category tree or the "
                "rules have changed since; generate the shop again"
            )
    end = calendar.origin + calendar.end
    _count(state)
    _accounts(state, shop)
    _products(state, products)
    _campaigns(state, campaigns)
    _recent_touches(state, end)
    _stock(state, end)
    _pace(state, calendar, campaigns)
    leave_remainders(state, end)
    for ahead in range(1, HORIZON + 1):
        day = Day.of(spec.end + timedelta(days=ahead), state.timezone)
        plan(state, day, spec.end.toordinal() + 1)
    state.record()


def _count(state: State) -> None:
    for table, key in _COUNTED.items():
        state.execute(
            f"insert into hidden.counters select ?, coalesce(max({key}), 0) + 1 "  # noqa: S608
            f"from raw_data.{table}",
            table,
        )
    for counted in load_contract().tables:
        state.execute(
            f"insert into hidden.counters select ?, count(*) from raw_data.{counted.name}",  # noqa: S608
            f"rows.{counted.name}",
        )
    for name in ("intentions", "touches", "refunds"):
        state.execute("insert into hidden.counters values (?, 1)", f"hidden.{name}")


def _accounts(state: State, shop: Path) -> None:
    truth = shop / "truth" / "customers.parquet"
    if not truth.is_file():
        raise EcomError(f"{shop} has no truth/customers.parquet; generate the shop again")
    country, region, city, *_ = zip(*places(), strict=True)
    known = {
        "place": pa.array(np.arange(len(city))),
        "country": pa.array(country),
        "state": pa.array(region, pa.string()),
        "city": pa.array(city),
    }
    try:
        with state.given("places", known):
            state.execute(
                """
                insert into hidden.accounts
                select customers.customer_id, truth.purchase_rate, seconds(truth.dropped_out_at),
                    seconds(customers.signed_up_at), coalesce(placed.orders, 0),
                    coalesce(placed.last_ordered, -1), coalesce(places.place, -1)
                from raw_data.customers
                join read_parquet(?) as truth using (customer_id)
                left join (
                    select customer_id, count(*) as orders, max(seconds(ordered_at)) as last_ordered
                    from raw_data.orders group by customer_id
                ) as placed using (customer_id)
                left join places
                    on places.country is not distinct from customers.country
                    and places.state is not distinct from customers.state
                    and places.city is not distinct from customers.city
                order by customers.customer_id
                """,
                str(truth),
            )
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise EcomError(f"cannot read {truth}: {reason}; generate the shop again") from error


def _products(state: State, products: Products) -> None:
    state.insert(
        "hidden.products",
        product_id=np.arange(1, len(products) + 1),
        interest=products.interest,
        shelf=products.shelf,
        cost=products.cost[-1],
        cost_known=products.cost_known,
        partners=pa.array(list(products.partners + 1), pa.list_(pa.int64())),
    )


def _campaigns(state: State, campaigns: Campaigns) -> None:
    state.insert(
        "hidden.campaigns",
        campaign_id=np.arange(1, len(campaigns) + 1),
        strength=campaigns.strength,
        lift=campaigns.lift,
        spends=campaigns.spends,
    )


def _recent_touches(state: State, end: int) -> None:
    """Touches that may still be credited with an order; who the unknown visitors were is lost."""
    state.execute(
        """
        insert into hidden.touches
        select -touchpoint_id, customer_id, true, seconds(touched_at), channel, campaign_id,
            touch_type, anonymous_id, 0
        from raw_data.marketing_touchpoints
        where customer_id is not null and campaign_id is not null
            and touched_at >= instant(?)
        order by touchpoint_id
        """,
        end - WINDOW,
    )


def _stock(state: State, end: int) -> None:
    """Stock as last counted. Shortages have been reordered and arrive within four weeks."""
    state.execute(
        """
        insert into hidden.stock
        select product_id, coalesce(last.on_hand, 0) as on_hand, coalesce(units, 0) / ? as pace,
            case when on_hand <= ceil(pace * ?) then ? + 7 * (product_id % 4) else 0 end,
            cast(ceil(pace * ?) as bigint) + 3, coalesce(counted_on, 0)
        from raw_data.products
        left join (
            select product_id, arg_max(on_hand, level_date) as on_hand,
                cast(max(level_date) - date '0001-01-01' as integer) + 1 as counted_on
            from raw_data.inventory_levels group by product_id
        ) as last using (product_id)
        left join (
            select product_id, sum(quantity) as units
            from raw_data.order_items join raw_data.orders using (order_id)
            where ordered_at >= instant(?) group by product_id
        ) using (product_id)
        order by product_id
        """,
        float(_STOCK_WEEKS),
        REORDER_WEEKS,
        state.manifest.spec.end.toordinal() + 1,
        WEEKS_COVERED,
        end - _STOCK_WEEKS * 7 * DAY,
    )


def _pace(state: State, calendar: ShopCalendar, campaigns: Campaigns) -> None:
    accounts = state.frame("select rate, signed_up from hidden.accounts order by customer_id")
    traffic = np.diff(calendar.visits.at(calendar.midnights))
    cost = np.sum(campaigns.reach * COST[campaigns.channels], axis=1) * traffic
    pace = Pace.of(
        state.manifest.spec,
        calendar,
        accounts["signed_up"] - calendar.origin,
        accounts["rate"],
        cost / SPEND_PER_ORDER,
    )
    for name, value in pace.as_dict().items():
        state.note(f"pace.{name}", repr(value))
