"""The shop's campaigns: their days, budgets, reach and lift."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.arrays import (
    F64,
    HOUR,
    I64,
    Bool,
    Choices,
    Purpose,
    generator,
)
from ecommerce_analytics.generate.columns import Column, ids, money, timestamps, vocabulary, words
from ecommerce_analytics.generate.shop_calendar import ShopCalendar

CHANNELS: Final = ("email", "social", "search", "display", "affiliate", "direct")
EMAIL, SOCIAL, SEARCH, DISPLAY, AFFILIATE, DIRECT = range(len(CHANNELS))

# The probability that a touchpoint causes an additional order, before the campaign's own quality.
# It is low for search and direct, which mostly reach people who would buy anyway.
LIFT: Final = np.array([0.055, 0.105, 0.020, 0.075, 0.045, 0.012])
# Cost of one touchpoint in dollars; e-mail and direct are cheap.
COST: Final = np.array([0.06, 1.1, 1.3, 0.45, 0.8, 0.15])
CLICK_COST: Final = np.array([0.05, 0.85, 1.25, 0.7, 0.9, 0.4])
CLICK_RATE: Final = np.array([0.03, 0.011, 0.045, 0.0035, 0.02, 0.05])
SPEND_PER_ORDER: Final = 8.0


@dataclass(frozen=True)
class Template:
    """A campaign that is always on, or runs every year on the same days."""

    name: str
    channel: int
    reach: float
    first: tuple[int, int] = (1, 1)
    last: tuple[int, int] | None = None
    spends: bool = True
    works: bool = True


_ALWAYS_ON: Final = (
    Template("Newsletter", EMAIL, 9),
    Template("Win-back e-mails", EMAIL, 2.5),
    Template("Social prospecting", SOCIAL, 9),
    Template("Social retargeting", SOCIAL, 4),
    Template("Brand search", SEARCH, 10),
    Template("Shopping search", SEARCH, 7),
    Template("Display prospecting", DISPLAY, 9),
    Template("Display retargeting", DISPLAY, 4),
    Template("Partner programme", AFFILIATE, 5),
    Template("Refer a friend", DIRECT, 2, spends=False),
    Template("Parcel inserts", DIRECT, 3),
)

EVERY_YEAR: Final = (
    Template("New Year Refresh", EMAIL, 11, (1, 2), (1, 21)),
    Template("Winter Clearance", SEARCH, 11, (1, 10), (2, 5)),
    Template("Valentine Gifts", SOCIAL, 15, (1, 29), (2, 14)),
    Template("Spring Garden", DISPLAY, 18, (3, 10), (5, 5)),
    Template("Mother's Day", EMAIL, 13, (4, 24), (5, 12)),
    Template("Bloggers' Spring Picks", AFFILIATE, 11, (4, 1), (4, 30)),
    Template("Summer Outdoor", SOCIAL, 18, (5, 20), (7, 10)),
    Template("Summer Sale", SEARCH, 15, (7, 6), (7, 18)),
    Template("Back to School", DISPLAY, 15, (8, 5), (9, 8)),
    Template("Stadium Banners", DISPLAY, 9, (9, 1), (9, 30), works=False),
    Template("Autumn Knitwear", SOCIAL, 15, (9, 20), (10, 25)),
    Template("Autumn Catalogue", DIRECT, 11, (10, 1), (10, 31)),
    Template("Black Friday", EMAIL, 31, (11, 18), (12, 2)),
    Template("Cyber Week", SEARCH, 26, (11, 22), (12, 5)),
    Template("Holiday Gift Guide", SOCIAL, 22, (11, 25), (12, 20)),
    Template("Last Orders before the Holidays", AFFILIATE, 13, (12, 8), (12, 19)),
)


@dataclass(frozen=True)
class Campaigns:
    """The campaigns; arrays have shape (campaigns,) unless noted, id = index + 1.

    Attributes:
        names: Display names.
        channels: Index into `CHANNELS`.
        first_day, last_day: Day indexes within the shop, clipped to it.
        open_ended: Whether the campaign has no end date.
        reach: Relative touchpoints per day, shape (days, campaigns).
        strength: Relative touchpoints on a normal day of the campaign.
        lift: Probability that a touchpoint causes an order, before the shop-wide scale.
        spends: Whether the shop records spend for it.
        touch: Choices of a campaign per day, by reach.
        cause: Choices of the causing campaign per day, by reach times lift.
        by_channel: Choices of a campaign of channel c on day d, row c * days + d.
    """

    names: tuple[str, ...]
    channels: I64
    first_day: I64
    last_day: I64
    open_ended: Bool
    reach: F64
    strength: F64
    lift: F64
    spends: Bool
    touch: Choices
    cause: Choices
    by_channel: Choices
    starts: tuple[date, ...]
    ends: tuple[date | None, ...]

    def __len__(self) -> int:
        """Number of campaigns."""
        return len(self.names)


def draw_campaigns(calendar: ShopCalendar, seed: int) -> Campaigns:
    """Place the always-on and the yearly campaigns on the shop's days and draw their lift."""
    rng = generator(seed, Purpose.CAMPAIGNS)
    last_date = calendar.first_day + timedelta(days=calendar.days - 1)
    planned = _plan(calendar.first_day, last_date)
    templates = [template for template, _, _, _ in planned]
    channels = np.array([template.channel for template in templates], dtype=np.int64)
    strength = np.array([template.reach for template in templates])
    strength = strength * rng.lognormal(0, 0.25, len(templates))
    works = np.array([template.works for template in templates])
    lift = np.where(works, LIFT[channels] * rng.lognormal(0, 0.35, len(templates)), 0.0)
    return lay_out(
        calendar,
        names=tuple(name for _, name, _, _ in planned),
        channels=channels,
        starts=tuple(start for _, _, start, _ in planned),
        ends=tuple(end for _, _, _, end in planned),
        strength=strength,
        lift=lift,
        spends=np.array([template.spends for template in templates]),
    )


def lay_out(
    calendar: ShopCalendar,
    *,
    names: tuple[str, ...],
    channels: I64,
    starts: tuple[date, ...],
    ends: tuple[date | None, ...],
    strength: F64,
    lift: F64,
    spends: Bool,
) -> Campaigns:
    """Place campaigns on the days of `calendar`; see `Campaigns` for the arguments."""
    # Includes days before the calendar's first, to know how long a campaign has been running.
    first = np.array([calendar.day_index(start) for start in starts], dtype=np.int64)
    last = np.array(
        [
            calendar.days - 1 if end is None else min(calendar.day_index(end), calendar.days - 1)
            for end in ends
        ],
        dtype=np.int64,
    )
    day = np.arange(calendar.days)[:, None]
    active = (day >= first) & (day <= last)
    fresh = freshness(np.maximum(day - first, 0))
    reach = np.where(active, strength * np.where(last - first > 90, 1.0, fresh), 0.0)
    effective = np.where(lift > 0, reach, 0.0)
    by_channel = np.concatenate([effective * (channels == c) for c in range(len(CHANNELS))])
    return Campaigns(
        names=names,
        channels=channels,
        first_day=np.maximum(first, 0),
        last_day=last,
        open_ended=np.array([end is None for end in ends]),
        reach=reach,
        strength=strength,
        lift=lift,
        spends=spends,
        touch=Choices.of(effective),
        cause=Choices.of(effective * lift),
        by_channel=Choices.of(by_channel),
        starts=starts,
        ends=ends,
    )


def freshness(age: I64) -> F64:
    """Reach by days since the start: highest at first, then declining."""
    fresh: F64 = 0.7 + 0.6 * np.exp(-age / 12)
    return fresh


def _plan(first: date, last: date) -> Sequence[tuple[Template, str, date, date | None]]:
    """Each campaign's template, name, start and end, in the order of their starts."""
    planned: list[tuple[Template, str, date, date | None]] = [
        (template, template.name, first, None) for template in _ALWAYS_ON
    ]
    for year in range(first.year, last.year + 1):
        for template in EVERY_YEAR:
            start = date(year, *template.first)
            end = date(year, *(template.last or template.first))
            if first <= start <= last:
                planned.append((template, f"{template.name} {year}", start, end))
    return sorted(planned, key=lambda campaign: campaign[2])


def campaign_tables(
    campaigns: Campaigns, calendar: ShopCalendar, seed: int, orders: int
) -> dict[str, list[Column]]:
    """The columns of `campaigns` and `campaign_spend_daily`, in the contract's order.

    Spend follows reach at the channel's price, with noise, and adds up to a fixed share of expected
    revenue; budgets are rounded and differ from it.
    """
    rng = generator(seed, Purpose.SPEND)
    traffic = np.diff(calendar.visits.at(calendar.midnights))[:, None]
    cost = campaigns.reach * traffic * COST[campaigns.channels]
    scale = orders * SPEND_PER_ORDER / cost.sum() if orders else 0.0
    noise = rng.lognormal(-0.03, 0.25, cost.shape)
    cents = np.rint(cost * scale * noise * 100).astype(np.int64)
    planned = cost.sum(axis=0) * scale * rng.normal(1.08, 0.12, len(campaigns))
    budget = np.maximum(np.rint(planned / 50), 1).astype(np.int64) * 5_000
    days, running = np.nonzero(np.where(campaigns.spends, cents, 0))
    spent = cents[days, running]
    channel = campaigns.channels[running]
    clicks = np.rint(spent / 100 / CLICK_COST[channel] * rng.lognormal(0, 0.15, len(spent))).astype(
        np.int64
    )
    impressions = clicks + np.rint(
        clicks / CLICK_RATE[channel] * rng.lognormal(0, 0.2, len(spent))
    ).astype(np.int64)
    # The campaign's record was last updated when it was booked or closed.
    booked = calendar.midnights[campaigns.first_day] + 9 * HOUR
    closed = calendar.midnights[campaigns.last_day] + 17 * HOUR
    ended = ~campaigns.open_ended & (campaigns.last_day < calendar.days - 1)
    updated = np.where(ended, closed, np.minimum(booked, calendar.end - 1))
    return {
        "campaigns": [
            ids(np.arange(1, len(campaigns) + 1)),
            vocabulary(campaigns.names),
            words(vocabulary(CHANNELS), campaigns.channels),
            pa.array(campaigns.starts, pa.date32()),
            pa.array(campaigns.ends, pa.date32()),
            money(budget),
            timestamps(updated, calendar.origin),
        ],
        "campaign_spend_daily": [
            ids(running + 1),
            pa.array(calendar.dates(days)),
            money(spent),
            pa.array(impressions),
            pa.array(clicks),
        ],
    }
