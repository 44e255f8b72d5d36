"""How many orders there are, who places them and when; the total is exact.

Orders come from four sources: guests, accounts opened to place an order, repeat purchases of active
accounts, and orders caused by a campaign.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ecommerce_analytics.generate.accounts import Accounts
from ecommerce_analytics.generate.arrays import (
    F64,
    HOUR,
    I64,
    MINUTE,
    NEVER,
    Purpose,
    generator,
)
from ecommerce_analytics.generate.campaigns import Campaigns
from ecommerce_analytics.generate.shop_calendar import ShopCalendar

GUEST_SHARE: Final = 0.08
CAUSED_SHARE: Final = 0.12
MOST_OPENING: Final = 0.8
_PEOPLE_PER_GUEST_ORDER: Final = 0.8
# Touchpoints per order without effect: of known accounts, and of anonymous visitors.
IDLE_TOUCHES: Final = 0.8
STRANGER_TOUCHES: Final = 0.45


@dataclass(frozen=True)
class ChunkDemand:
    """The number of orders and touchpoints of one chunk.

    Attributes:
        guests, openings, repeats, caused: Orders by source.
        idle_touches: Touchpoints of its accounts without effect.
        stranger_touches: Touchpoints of visitors who stay anonymous.
    """

    guests: int
    openings: int
    repeats: int
    caused: int
    idle_touches: int
    stranger_touches: int

    @property
    def orders(self) -> int:
        """All orders of the chunk."""
        return self.guests + self.openings + self.repeats + self.caused


@dataclass(frozen=True)
class Allocation:
    """The chunks' shares of the shop.

    Attributes:
        chunks: The share of each chunk.
        rate_scale: Purchases per demand day of an account with relative rate 1.
        caused: Orders caused by campaigns.
        idle: Touchpoints of accounts without effect.
    """

    chunks: tuple[ChunkDemand, ...]
    rate_scale: float
    caused: int
    idle: int


def allocate(orders: int, propensity: F64, exposure: F64, openings: I64, seed: int) -> Allocation:
    """Split `orders` exactly over the chunks.

    Args:
        orders: Orders of the shop.
        propensity: Expected repeat purchases per chunk, up to a common scale.
        exposure: Days on the demand clock on which the chunk's accounts can be reached.
        openings: Accounts per chunk opened to place an order.
        seed: The shop's seed.
    """
    rng = generator(seed, Purpose.ALLOCATION)
    chunks = len(propensity)
    guests = round(orders * GUEST_SHARE)
    ours = orders - guests
    opening = min(int(openings.sum()), int(ours * MOST_OPENING))
    caused = min(round(ours * CAUSED_SHARE), ours - opening)
    repeats = ours - opening - caused
    by_propensity = _shares(propensity)
    even = np.full(chunks, 1 / chunks)
    idle = round(orders * IDLE_TOUCHES) if exposure.sum() else 0
    split = {
        "guests": rng.multinomial(guests, even),
        "openings": rng.multivariate_hypergeometric(openings, opening, method="marginals"),
        "repeats": rng.multinomial(repeats, by_propensity),
        "caused": rng.multinomial(caused, by_propensity),
        "idle_touches": rng.multinomial(idle, _shares(exposure)),
        "stranger_touches": rng.multinomial(round(orders * STRANGER_TOUCHES), even),
    }
    return Allocation(
        chunks=tuple(
            ChunkDemand(**{name: int(counts[chunk]) for name, counts in split.items()})
            for chunk in range(chunks)
        ),
        rate_scale=repeats / propensity.sum() if propensity.sum() else 0.0,
        caused=caused,
        idle=idle,
    )


def _shares(weights: F64) -> F64:
    total = weights.sum()
    return weights / total if total else np.full(len(weights), 1 / len(weights))


@dataclass(frozen=True)
class Orders:
    """The orders of one chunk, by time; every array has shape (orders,).

    Attributes:
        person: Row of the account in the chunk; from `accounts` on, a guest of the chunk.
        at: Seconds.
        cause_campaign: Index of the campaign that caused the order, or `NEVER`.
        cause_at: Seconds of the touchpoint that caused it, or `NEVER`.
        accounts: Number of accounts of the chunk.
        guests: Number of different guests of the chunk.
    """

    person: I64
    at: I64
    cause_campaign: I64
    cause_at: I64
    accounts: int
    guests: int

    def __len__(self) -> int:
        """Number of orders."""
        return len(self.at)


def draw_orders(
    calendar: ShopCalendar,
    accounts: Accounts,
    campaigns: Campaigns,
    demand: ChunkDemand,
    seed: int,
    chunk: int,
) -> Orders:
    """Draw who orders when, sorted by time."""
    rng = generator(seed, Purpose.DEMAND, chunk)
    clock = calendar.demand
    opening = rng.permutation(np.flatnonzero(accounts.opens_with_order))[: demand.openings]
    opening_at = _opening_times(calendar, accounts.signed_up[opening], rng)

    cumulative = np.cumsum(accounts.propensity)
    buyer = _draw_rows(cumulative, demand.repeats, rng)
    span = accounts.clock_to[buyer] - accounts.clock_from[buyer]
    repeat_at = clock.when(accounts.clock_from[buyer] + span * rng.random(demand.repeats))

    moved = _draw_rows(cumulative, demand.caused, rng)
    span = accounts.clock_to[moved] - accounts.clock_from[moved]
    touched = accounts.clock_from[moved] + span * rng.random(demand.caused)
    cause_at = np.maximum(clock.when(touched), accounts.signed_up[moved] + 2 * MINUTE)
    cause_at = np.minimum(cause_at, calendar.end - 10 * MINUTE)
    delay = rng.exponential(1.6, demand.caused)
    left = clock.total - touched
    bought = touched + np.where(delay < left, delay, left * rng.random(demand.caused))
    caused_at = np.maximum(clock.when(bought), cause_at + 5 * MINUTE)
    campaign = campaigns.cause.draw(rng.random(demand.caused), calendar.day_of(cause_at))

    people = max(round(demand.guests * _PEOPLE_PER_GUEST_ORDER), 1) if demand.guests else 0
    guest = len(accounts) + rng.integers(0, max(people, 1), demand.guests)
    guest_at = calendar.visits.when(calendar.visits.total * rng.random(demand.guests))

    person = np.concatenate((opening, buyer, moved, guest))
    at = np.concatenate((opening_at, repeat_at, caused_at, guest_at))
    known = at[: len(at) - demand.guests]
    np.maximum(known, accounts.signed_up[person[: len(known)]] + MINUTE, out=known)
    np.minimum(at, calendar.end - 1, out=at)
    uncaused = np.full(len(opening) + demand.repeats, NEVER)
    by_guests = np.full(demand.guests, NEVER)
    order = np.argsort(at, kind="stable")
    return Orders(
        person=person[order],
        at=at[order],
        cause_campaign=np.concatenate((uncaused, campaign, by_guests))[order],
        cause_at=np.concatenate((uncaused, cause_at, by_guests))[order],
        accounts=len(accounts),
        guests=people,
    )


def _opening_times(calendar: ShopCalendar, signed_up: I64, rng: np.random.Generator) -> I64:
    """Most order in their first session, the others within days."""
    count = len(signed_up)
    session = signed_up + rng.integers(MINUTE, HOUR // 2, count)
    now = calendar.demand.at(signed_up)
    delay = rng.exponential(4.0, count)
    left = calendar.demand.total - now
    later = calendar.demand.when(now + np.where(delay < left, delay, left * rng.random(count)))
    return np.where(rng.random(count) < 0.72, session, later)


def _draw_rows(cumulative: F64, count: int, rng: np.random.Generator) -> I64:
    """Rows in proportion to the steps of `cumulative`."""
    if not count:
        return np.zeros(0, dtype=np.int64)
    # Sorted draws read memory sequentially; the sample's order does not matter.
    draws = np.sort(rng.random(count)) * cumulative[-1]
    rows: I64 = np.searchsorted(cumulative, draws, side="right")
    return np.minimum(rows, len(cumulative) - 1)
