"""The shop's true parameters, written beside it to check analytics against."""

from typing import Final

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.accounts import Accounts
from ecommerce_analytics.generate.arrays import F64, I64
from ecommerce_analytics.generate.campaigns import CHANNELS, Campaigns
from ecommerce_analytics.generate.columns import (
    MONEY,
    Column,
    ids,
    money,
    timestamps,
    vocabulary,
    words,
)
from ecommerce_analytics.generate.demand import Allocation
from ecommerce_analytics.generate.products import Products
from ecommerce_analytics.generate.profiles import Profiles
from ecommerce_analytics.generate.shop_calendar import ShopCalendar


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()])


CUSTOMERS: Final = _schema(
    customer_id=pa.int64(),
    person_id=pa.int64(),
    purchase_rate=pa.float64(),
    dropout_rate=pa.float64(),
    dropped_out_at=pa.timestamp("us"),
    is_active_at_end=pa.bool_(),
)
CAMPAIGNS: Final = _schema(
    campaign_id=pa.int64(),
    channel=pa.string(),
    lift=pa.float64(),
    exposures=pa.int64(),
    incremental_orders=pa.int64(),
    incremental_revenue=MONEY,
)
PRODUCTS: Final = _schema(
    product_id=pa.int64(),
    interest=pa.float64(),
    launched_on=pa.date32(),
    retired_on=pa.date32(),
    units_sold=pa.int64(),
)


def customer_truth(
    accounts: Accounts, profiles: Profiles, rate_scale: float, calendar: ShopCalendar
) -> list[Column]:
    """Per account: purchases per day while alive, probability per day of leaving, and when it left.

    `purchase_rate` is per day of average season, without the order an account was opened for and
    those caused by campaigns. `person_id` is the account whose e-mail it shares.
    """
    return [
        ids(np.arange(len(accounts)) + accounts.first_id),
        ids(profiles.same_as + accounts.first_id),
        pa.array(accounts.rate * rate_scale),
        pa.array(accounts.dropout_rate),
        timestamps(accounts.dropped_out, calendar.origin),
        pa.array(accounts.dropped_out >= calendar.end),
    ]


def campaign_truth(
    campaigns: Campaigns, calendar: ShopCalendar, allocation: Allocation, realised: I64
) -> list[Column]:
    """Per campaign: the probability that an exposure causes an order, and what it caused.

    An exposure is a touchpoint of an account that was not about to order. Orders and revenue (goods
    net of discounts, cents) count only valid orders: no tests, not cancelled.

    Args:
        campaigns: The campaigns.
        calendar: The shop's days.
        allocation: The number of caused orders and of exposures without one.
        realised: Exposures, caused valid orders and their revenue, shape (3, campaigns).
    """
    weight = np.diff(calendar.demand.at(calendar.midnights))
    caused = _expected(campaigns.cause.cumulative, weight) * allocation.caused
    idle = _expected(campaigns.touch.cumulative, weight) * allocation.idle
    reached = caused + idle
    lift = np.divide(caused, reached, out=np.zeros(len(campaigns)), where=reached > 0)
    return [
        ids(np.arange(1, len(campaigns) + 1)),
        words(vocabulary(CHANNELS), campaigns.channels),
        pa.array(lift),
        pa.array(realised[0]),
        pa.array(realised[1]),
        money(realised[2]),
    ]


def _expected(cumulative: F64, weight: F64) -> F64:
    """Each option's share over all rows, rows counted by `weight`."""
    table = cumulative.reshape(len(weight), -1) - np.arange(len(weight))[:, None]
    shares = np.diff(table, axis=1, prepend=0.0)
    # Not a matrix product, whose last bit depends on the library and on memory alignment.
    expected: F64 = np.sum(weight[:, None] * shares, axis=0) / weight.sum()
    return expected


def product_truth(products: Products, calendar: ShopCalendar, sold: I64) -> list[Column]:
    """Per product: its share of demand if all products were sold, its days, its units."""
    return [
        ids(np.arange(1, len(products) + 1)),
        pa.array(products.interest),
        pa.array(calendar.dates(products.launched)),
        pa.array(calendar.dates(products.retired)),
        pa.array(sold.sum(axis=0)),
    ]
