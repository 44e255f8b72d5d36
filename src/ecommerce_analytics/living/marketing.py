"""The campaigns of a day: spend, starts and ends."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.arrays import HOUR, Purpose, generator
from ecommerce_analytics.generate.campaigns import (
    CHANNELS,
    CLICK_COST,
    CLICK_RATE,
    COST,
    EVERY_YEAR,
    LIFT,
    freshness,
)
from ecommerce_analytics.generate.columns import ids, money, timestamps
from ecommerce_analytics.generate.shop_calendar import ShopCalendar
from ecommerce_analytics.living.changes import how_many, log
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.demand import read_campaigns, read_pace
from ecommerce_analytics.living.state import State

_BOOKED_AHEAD: Final = 7
_BUDGET_CHANGES: Final = 0.15
_ROUND_CENTS: Final = 5_000


def spend(state: State, day: Day) -> None:
    """Record the day's spend: reach times the channel's price, with noise."""
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


def book_campaigns(state: State, day: Day, first: int) -> None:
    """Store the campaigns that begin on the future `day`.

    They reach the warehouse a week before, but not before the day `first`.
    """
    rng = generator(state.seed, Purpose.DAY_CAMPAIGNS, day.ordinal)
    pace = read_pace(state)
    for template in EVERY_YEAR:
        if template.first != (day.date.month, day.date.day):
            continue
        end = date(day.date.year, *(template.last or template.first))
        strength = template.reach * float(rng.lognormal(0, 0.25))
        lift = float(LIFT[template.channel] * rng.lognormal(0, 0.35)) if template.works else 0.0
        calendar = ShopCalendar.of(day.date, end, state.timezone)
        name = f"{template.name} {day.date.year}"
        season = np.bincount(calendar.slot_days, weights=calendar.season)
        cost = (
            strength
            * float(np.sum(freshness(np.arange(len(season))) * season))
            * COST[template.channel]
        )
        cents = cost * pace.traffic * pace.spend * 100 * rng.normal(1.08, 0.12)
        arrives = max(first, day.ordinal - _BOOKED_AHEAD)
        booked = Day.of(date.fromordinal(arrives), state.timezone).start + 9 * HOUR
        key = np.array([state.take_ids("campaigns", 1)])
        days = np.array([arrives], dtype=np.int32)
        state.insert(
            "raw_data.campaigns",
            campaign_id=key,
            campaign_name=pa.array([name]),
            channel=pa.array([CHANNELS[template.channel]]),
            start_date=pa.array([day.date], pa.date32()),
            end_date=pa.array([end], pa.date32()),
            budget=money(np.array([max(round(cents / _ROUND_CENTS), 1) * _ROUND_CENTS])),
            updated_at=timestamps(np.array([booked]), 0),
            arrives_on=days,
            changed_on=days,
        )
        state.insert(
            "hidden.campaigns",
            campaign_id=key,
            strength=np.array([strength]),
            lift=np.array([lift]),
            spends=np.array([template.spends]),
        )
        log(
            state,
            Day.of(date.fromordinal(arrives), state.timezone),
            "campaign booked",
            "campaigns",
            key,
            np.array([booked]),
        )


def change_campaigns(state: State, day: Day) -> None:
    """Close the campaigns that end on the day, and change the budget of a running one."""
    rng = generator(state.seed, Purpose.DAY_BUDGETS, day.ordinal)
    running = state.frame(
        """
        select campaign_id, cents(budget) as budget, end_date is not distinct from ? as ends
        from raw_data.campaigns join hidden.campaigns using (campaign_id)
        where start_date < ? and coalesce(end_date >= ?, true) and spends and budget is not null
            and arrives_on < ?
        order by campaign_id
        """,
        *(day.date, day.date, day.date, day.ordinal),
    )
    keys, budget, ends = running["campaign_id"], running["budget"], running["ends"].astype(bool)
    goes_on = np.flatnonzero(~ends)
    count = how_many(_BUDGET_CHANGES, 0, len(goes_on), rng)
    raised = rng.permutation(goes_on)[:count]
    new = budget.copy()
    factor = rng.uniform(1.1, 1.5, count)
    new[raised] += (
        np.maximum(budget[raised] * (factor - 1) // _ROUND_CENTS, 1).astype(np.int64) * _ROUND_CENTS
    )
    for rows, hour, kind in ((np.flatnonzero(ends), 17, "campaign closed"),
                             (np.sort(raised), 11, "budget changed")):  # fmt: skip
        at = np.full(len(rows), day.start + hour * HOUR)
        given = {
            "campaign_id": keys[rows],
            "budget": money(new[rows]),
            "updated_at": timestamps(at, 0),
        }
        with state.given("given", given):
            state.execute(
                "update raw_data.campaigns set budget = given.budget, "
                "updated_at = given.updated_at, changed_on = ? "
                "from given where given.campaign_id = campaigns.campaign_id",
                day.ordinal,
            )
        log(state, day, kind, "campaigns", keys[rows], at)
