"""Marketing touchpoints, on paths with and without an order.

Touchpoints that caused an order are first on its path. Path touchpoints are between a cause and its
order, or before an order that would have happened anyway. Idle touchpoints of accounts and of
anonymous visitors have no effect.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ecommerce_analytics.generate.accounts import Accounts
from ecommerce_analytics.generate.arrays import (
    DAY,
    HOUR,
    I64,
    MINUTE,
    NEVER,
    Bool,
    Choices,
    Purpose,
    generator,
)
from ecommerce_analytics.generate.campaigns import CHANNELS, DIRECT, DISPLAY, EMAIL, Campaigns
from ecommerce_analytics.generate.columns import (
    Column,
    hex_text,
    ids,
    timestamps,
    vocabulary,
    words,
)
from ecommerce_analytics.generate.demand import ChunkDemand, Orders
from ecommerce_analytics.generate.shop_calendar import ShopCalendar

TYPES: Final = ("click", "view", "email", "direct")
_CLICK, _VIEW, SENT, _VISIT = range(len(TYPES))
WINDOW: Final = 30 * DAY

# Path touchpoints before an order without a cause, and after a touchpoint that caused one.
_PATH_LENGTHS: Final = np.array([0.36, 0.19, 0.17, 0.12, 0.08, 0.05, 0.03])
_FOLLOWING_LENGTHS: Final = np.array([0.25, 0.4, 0.25, 0.1])
# Weights in the order of CHANNELS: search and direct are close to the order, display and social
# days before it.
_LATE: Final = np.array([0.14, 0.05, 0.38, 0.02, 0.09, 0.32])
_EARLY: Final = np.array([0.20, 0.25, 0.17, 0.20, 0.06, 0.12])
_STRANGERS: Final = np.array([0.00, 0.33, 0.27, 0.25, 0.07, 0.08])
MIXES: Final = Choices.of(np.stack((_LATE, _EARLY, _STRANGERS)))
_MIX_LATE, _MIX_EARLY, MIX_STRANGERS = range(3)
_EARLY_FROM: Final = DAY
# The share of a channel's touchpoints that belong to a campaign; the rest is unpaid.
_PAID: Final = np.array([0.96, 0.72, 0.58, 1.0, 1.0, 0.07])
KNOWN: Final = 0.82
CREDIT_LOST: Final = 0.06


@dataclass(frozen=True)
class Touches:
    """The touchpoints of one chunk, by time; shape (touches,).

    Attributes:
        person: As `Orders.person`; anonymous visitors are numbered after the guests.
        at: Seconds.
        channel: Index into `CHANNELS`.
        campaign: Index, or `NEVER`.
        kind: Index into the touch types.
        known: Whether the shop knows the account at the time.
        device: 64-bit id of the browser; the same before and after sign-in.
        idle: Whether the touchpoint could have caused an order of an account, but did not.
    """

    person: I64
    at: I64
    channel: I64
    campaign: I64
    kind: I64
    known: Bool
    device: NDArray[np.uint64]
    idle: Bool

    def __len__(self) -> int:
        """Number of touchpoints."""
        return len(self.at)


@dataclass(frozen=True)
class TouchPart:
    """Touchpoints of one kind, unordered; shape (touches,), as in `Touches`."""

    person: I64
    at: I64
    channel: I64
    campaign: I64


def draw_touches(
    calendar: ShopCalendar,
    accounts: Accounts,
    accepts_email: Bool,
    campaigns: Campaigns,
    orders: Orders,
    demand: ChunkDemand,
    seed: int,
    chunk: int,
) -> Touches:
    """Draw every touchpoint of the chunk; `accepts_email` marks accounts that accept e-mails."""
    rng = generator(seed, Purpose.TOUCHES, chunk)
    parts = [
        draw_causes(orders, campaigns),
        draw_paths(calendar, campaigns, orders, rng),
        _idle(calendar, accounts, campaigns, demand.idle_touches, rng),
        _strangers(calendar, campaigns, orders, demand.stranger_touches, rng),
    ]
    person = np.concatenate([part.person for part in parts])
    at = np.concatenate([part.at for part in parts])
    channel = np.concatenate([part.channel for part in parts])
    campaign = np.concatenate([part.campaign for part in parts])
    idle = np.zeros(len(at), dtype=np.bool_)
    idle_from = len(parts[0].at) + len(parts[1].at)
    idle[idle_from : idle_from + len(parts[2].at)] = True

    kept = np.argsort(at, kind="stable")
    kept = kept[at[kept] >= 0]
    person, at, channel = person[kept], at[kept], channel[kept]
    campaign, idle = campaign[kept], idle[kept]
    count = len(at)
    ours = person < orders.accounts
    account = np.where(ours, person, 0)
    known = ours & (rng.random(count) < KNOWN)
    written = np.ones(count, dtype=np.bool_)
    if orders.accounts:
        known &= at >= accounts.signed_up[account]
        written = accepts_email[account] & known
    kind = draw_kinds(channel, written, rng)
    device = draw_devices(np.full(count, chunk), person, seed, rng)
    return Touches(person, at, channel, campaign, kind, known, device, idle)


def draw_kinds(channel: I64, written: Bool, rng: np.random.Generator) -> I64:
    """The type of each touchpoint; `written` marks persons who could get an e-mail then."""
    count = len(channel)
    # E-mails are sent only to persons who accept them; others clicked in an older one.
    kind = np.full(count, _CLICK)
    kind[(channel == EMAIL) & (rng.random(count) < 0.55) & written] = SENT
    kind[(channel == DISPLAY) & (rng.random(count) < 0.85)] = _VIEW
    kind[channel == DIRECT] = _VISIT
    return kind


def draw_devices(
    chunk: I64, person: I64, seed: int, rng: np.random.Generator
) -> NDArray[np.uint64]:
    """The 64-bit browser id of each touchpoint: one of the person's two browsers."""
    second = (rng.random(len(person)) < 0.22).astype(np.uint64)
    return _mix(
        (np.uint64(seed % 2**63) << np.uint64(1))
        ^ (
            (chunk.astype(np.uint64) << np.uint64(34))
            | (person.astype(np.uint64) << np.uint64(2))
            | second
        )
    )


def draw_causes(orders: Orders, campaigns: Campaigns) -> TouchPart:
    """The touchpoints that caused an order."""
    rows = np.flatnonzero(orders.cause_campaign != NEVER)
    campaign = orders.cause_campaign[rows]
    return TouchPart(
        orders.person[rows], orders.cause_at[rows], campaigns.channels[campaign], campaign
    )


def draw_paths(
    calendar: ShopCalendar, campaigns: Campaigns, orders: Orders, rng: np.random.Generator
) -> TouchPart:
    """The other touchpoints before each order."""
    caused = orders.cause_campaign != NEVER
    lengths = np.where(
        caused,
        Choices.of(_FOLLOWING_LENGTHS).draw(rng.random(len(orders))),
        Choices.of(_PATH_LENGTHS).draw(rng.random(len(orders))),
    )
    order = np.repeat(np.arange(len(orders)), lengths)
    first = np.zeros(len(order), dtype=np.bool_)
    first[(np.cumsum(lengths) - lengths)[lengths > 0]] = True
    near = MINUTE + rng.exponential(1.2 * HOUR, len(order))
    far = 2 * HOUR + rng.exponential(6.0 * DAY, len(order)) % (28 * DAY)
    lag = np.where(first, near, far).astype(np.int64)
    # After a cause, path touchpoints are between it and the order.
    since = (orders.at - orders.cause_at)[order]
    within = (since * rng.random(len(order)) * 0.95).astype(np.int64) + 1
    lag = np.where(caused[order] & (lag >= since), within, lag)
    at = orders.at[order] - lag
    mix = np.where(lag < _EARLY_FROM, _MIX_LATE, _MIX_EARLY)
    channel = MIXES.draw(rng.random(len(order)), mix)
    return TouchPart(
        orders.person[order], at, channel, paid_campaign(calendar, campaigns, channel, at, rng)
    )


def _idle(
    calendar: ShopCalendar,
    accounts: Accounts,
    campaigns: Campaigns,
    count: int,
    rng: np.random.Generator,
) -> TouchPart:
    """Touchpoints of accounts without effect, also after they dropped out."""
    if not count or not len(accounts):
        return _nothing()
    reach = np.cumsum(calendar.demand.total - accounts.clock_from)
    draws = np.sort(rng.random(count)) * reach[-1]
    person = np.minimum(np.searchsorted(reach, draws, side="right"), len(accounts) - 1)
    since = accounts.clock_from[person]
    at = calendar.demand.when(since + (calendar.demand.total - since) * rng.random(count))
    at = np.minimum(np.maximum(at, accounts.signed_up[person] + MINUTE), calendar.end - 1)
    campaign = campaigns.touch.draw(rng.random(count), calendar.day_of(at))
    return TouchPart(person, at, campaigns.channels[campaign], campaign)


def _strangers(
    calendar: ShopCalendar,
    campaigns: Campaigns,
    orders: Orders,
    count: int,
    rng: np.random.Generator,
) -> TouchPart:
    """Touchpoints of visitors who stay anonymous."""
    person = orders.accounts + orders.guests + rng.integers(0, max(count // 2, 1), count)
    at = calendar.visits.when(calendar.visits.total * rng.random(count))
    channel = MIXES.draw(rng.random(count), np.full(count, MIX_STRANGERS))
    return TouchPart(person, at, channel, paid_campaign(calendar, campaigns, channel, at, rng))


def _nothing() -> TouchPart:
    empty = np.zeros(0, dtype=np.int64)
    return TouchPart(empty, empty, empty, empty)


def paid_campaign(
    calendar: ShopCalendar,
    campaigns: Campaigns,
    channel: I64,
    at: I64,
    rng: np.random.Generator,
) -> I64:
    """A running campaign of the touchpoint's channel, or `NEVER` if the touchpoint is unpaid."""
    paid = rng.random(len(at)) < _PAID[channel]
    day = calendar.day_of(np.maximum(at, 0))
    drawn = campaigns.by_channel.draw(rng.random(len(at)), channel * calendar.days + day)
    return np.where(paid, drawn, NEVER)


def credit(touches: Touches, orders: Orders, seed: int, chunk: int) -> I64:
    """The campaign that the shop system records for each order, or `NEVER`.

    It is the campaign of the last touchpoint in the 30 days before the order; sometimes it is
    missing.
    """
    # Person, second and campaign in one integer: one sort finds each last touchpoint. A chunk has
    # fewer than 2^18 persons, a shop fewer than 2^32 seconds and 2^12 campaigns.
    paid = touches.campaign != NEVER
    keys = (touches.person[paid] << 44) | (touches.at[paid] << 12) | touches.campaign[paid]
    keys.sort()
    wanted = (orders.person << 44) | (orders.at << 12)
    if not len(keys):
        return np.full(len(orders), NEVER)
    last = keys[np.maximum(np.searchsorted(keys, wanted) - 1, 0)]
    recent = (last < wanted) & (last >= wanted - (WINDOW << 12))
    same = (last >> 44) == orders.person
    kept = generator(seed, Purpose.CREDIT, chunk).random(len(orders)) >= CREDIT_LOST
    return np.where(recent & same & kept, last & 0xFFF, NEVER)


def touch_table(touches: Touches, accounts: Accounts, calendar: ShopCalendar) -> list[Column]:
    """The columns of `marketing_touchpoints`, ids counted from 1 within the chunk."""
    customer = np.where(touches.known, touches.person + accounts.first_id, NEVER)
    # A sent e-mail has no browser.
    unseen = (touches.kind == SENT) & touches.known
    return [
        ids(np.arange(1, len(touches) + 1)),
        ids(customer),
        hex_text(touches.device, unseen),
        words(vocabulary(CHANNELS), touches.channel),
        ids(np.where(touches.campaign == NEVER, NEVER, touches.campaign + 1)),
        words(vocabulary(TYPES), touches.kind),
        timestamps(touches.at, calendar.origin),
    ]


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014): distinct in, distinct out."""
    mixed: NDArray[np.uint64] = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
