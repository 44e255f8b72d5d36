"""The campaigns of a day: what they cost, which begin and which are over."""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.arrays import Purpose, generator
from ecommerce_analytics.generate.campaigns import CLICK_COST, CLICK_RATE, COST
from ecommerce_analytics.generate.columns import ids, money
from ecommerce_analytics.generate.shop_calendar import ShopCalendar
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.demand import read_campaigns, read_pace
from ecommerce_analytics.living.state import State


def spend(state: State, day: Day) -> None:
    """Book the day's spend: it follows reach at the channel's price, with noise."""
    rng = generator(state.seed, Purpose.DAY_SPEND, day.ordinal)
    pace = read_pace(state)
    calendar = ShopCalendar.of(day.date - timedelta(days=1), day.date, state.timezone)
    running = read_campaigns(state, calendar)
    campaigns = running.laid_out
    channel = campaigns.channels
    cost = campaigns.reach[-1] * COST[channel] * pace.traffic * day.season * pace.spend
    cents = np.rint(cost * rng.lognormal(-0.03, 0.25, len(cost)) * 100).astype(np.int64)
    clicks = np.rint(cents / 100 / CLICK_COST[channel] * rng.lognormal(0, 0.15, len(cents))).astype(
        np.int64
    )
    views = np.rint(clicks / CLICK_RATE[channel] * rng.lognormal(0, 0.2, len(cents)))
    booked = np.flatnonzero((cents > 0) & running.spends)
    days = np.full(len(booked), day.ordinal, dtype=np.int32)
    state.insert(
        "raw_data.campaign_spend_daily",
        campaign_id=ids(running.campaign_id[booked]),
        spend_date=pa.array([day.date] * len(booked), pa.date32()),
        spend=money(cents[booked]),
        impressions=clicks[booked] + views[booked].astype(np.int64),
        clicks=clicks[booked],
        arrives_on=days,
        changed_on=days,
    )
