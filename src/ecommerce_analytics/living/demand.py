"""Planned behaviour of people on a day: sign-ups, orders, and the touches before them.

A day is planned a month ahead, because the touches that lead to an order happen before it. The
contents and price of an order are drawn on the day itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecommerce_analytics.generate.accounts import TEST_SHARE, draw_habits
from ecommerce_analytics.generate.arrays import (
    DAY,
    F64,
    HOUR,
    I64,
    MINUTE,
    NEVER,
    Bool,
    Choices,
    Purpose,
    generator,
)
from ecommerce_analytics.generate.campaigns import CHANNELS, Campaigns, lay_out
from ecommerce_analytics.generate.columns import (
    Column,
    hex_text,
    ids,
    timestamps,
    vocabulary,
    words,
)
from ecommerce_analytics.generate.demand import Orders
from ecommerce_analytics.generate.profiles import (
    ACQUIRED,
    NO_EMAIL,
    NO_LABEL,
    SECOND_ACCOUNT,
    type_oddly,
)
from ecommerce_analytics.generate.shop import chunk_bounds
from ecommerce_analytics.generate.shop_calendar import ShopCalendar
from ecommerce_analytics.generate.touches import (
    KNOWN,
    MIX_STRANGERS,
    MIXES,
    SENT,
    TYPES,
    TouchPart,
    draw_causes,
    draw_devices,
    draw_kinds,
    draw_paths,
    paid_campaign,
)
from ecommerce_analytics.living.changes import log
from ecommerce_analytics.living.days import Day, Pace
from ecommerce_analytics.living.people import draw_people, place_columns
from ecommerce_analytics.living.state import State

HORIZON: Final = 30
"""How many days ahead of its coming a day is planned; no path of touches is longer."""

_OPENS_IN_SESSION: Final = 0.72
_OPENING_DAYS: Final = 4.0
_LONGEST_WAIT: Final = 20
_CAUSE_DAYS: Final = 1.6
_LATE_TOUCHES: Final = 0.015
_LATEST_TOUCH: Final = 5
# Dormant accounts that return on an average day, and the minimum in a small shop.
_RETURN_SHARE: Final = 0.00025
_RETURNS_LEAST: Final = 0.2
_DORMANT_AFTER: Final = 180 * DAY
# Browsers of people outside the generated shop, which uses fewer chunks.
_NEW_ACCOUNTS: Final = 1 << 21
_GUESTS_FROM: Final = 1 << 30


@dataclass(frozen=True)
class _Accounts:
    """All accounts, by id: shape (accounts,), instants in seconds since 1970."""

    customer_id: I64
    rate: F64
    dropped_out: I64
    signed_up: I64
    last_ordered: I64
    accepts: Bool

    def rows(self, customer_id: I64) -> I64:
        """The row of each account; row 0 for ids that are not accounts."""
        found: I64 = np.searchsorted(self.customer_id, customer_id)
        return np.minimum(found, max(len(self.customer_id) - 1, 0))


@dataclass(frozen=True)
class _Intentions:
    """Orders that will be placed, by time: shape (orders,).

    `person` is the customer's id, or for a guest the negative number of the intention.
    """

    person: I64
    at: I64
    cause: I64
    cause_at: I64

    def __len__(self) -> int:
        return len(self.at)


def plan_day(state: State, day: Day, first: int) -> None:
    """Plan the sign-ups, orders and touches of `day`.

    Args:
        state: The simulation state; earlier days are planned.
        day: The future day.
        first: The ordinal of the first day not yet simulated; touches of earlier days are
            skipped.
    """
    rng = generator(state.seed, Purpose.DAY_DEMAND, day.ordinal)
    pace = read_pace(state)
    opened = _sign_up(state, day, pace)
    accounts = _read_accounts(state)
    calendar = ShopCalendar.of(
        max(day.date - timedelta(days=HORIZON + 4), state.manifest.spec.start),
        day.date + timedelta(days=_LONGEST_WAIT + 1),
        state.timezone,
    )
    running = read_campaigns(state, calendar)
    campaigns = running.laid_out
    intentions = _intend(state, day, pace, accounts, opened, running, calendar, rng)
    orders = Orders(
        person=intentions.person,
        at=intentions.at - calendar.origin,
        cause_campaign=intentions.cause,
        cause_at=np.where(intentions.cause == NEVER, NEVER, intentions.cause_at - calendar.origin),
        accounts=0,
        guests=0,
    )
    parts = [
        draw_causes(orders, campaigns),
        draw_paths(calendar, campaigns, orders, rng),
        _idle(day, pace, accounts, campaigns, calendar, rng),
        _strangers(day, pace, campaigns, calendar, rng),
    ]
    _plan_touches(state, day, accounts, running, calendar, parts, first)


def read_pace(state: State) -> Pace:
    """The activity rates stored when the simulation began."""
    lines = state.table("select name, value from hidden.books where name like 'pace.%'").to_pydict()
    return Pace(
        **{
            name.removeprefix("pace."): float(value)
            for name, value in zip(lines["name"], lines["value"], strict=True)
        }
    )


def _read_accounts(state: State) -> _Accounts:
    frame = state.frame(
        """
        select customer_id, rate, dropped_out, signed_up, last_ordered, accepts_marketing
        from hidden.accounts join raw_data.customers using (customer_id) order by customer_id
        """
    )
    return _Accounts(*frame.values())


@dataclass(frozen=True)
class Running:
    """Campaigns over a stretch of days.

    Attributes:
        campaign_id: The ids, shape (campaigns,).
        spends: Whether spend is recorded for them.
        laid_out: The campaigns on the days.
    """

    campaign_id: I64
    spends: Bool
    laid_out: Campaigns


def read_campaigns(state: State, calendar: ShopCalendar) -> Running:
    """The campaigns that run on a day of `calendar`."""
    last = calendar.first_day + timedelta(days=calendar.days - 1)
    table = state.table(
        """
        select campaign_id, campaign_name, channel, start_date, end_date, strength, lift, spends
        from raw_data.campaigns join hidden.campaigns using (campaign_id)
        where start_date <= ? and coalesce(end_date >= ?, true) order by campaign_id
        """,
        last,
        calendar.first_day,
    )
    values = table.to_pydict()
    starts: Sequence[date] = values["start_date"]
    spends = np.array(values["spends"], dtype=np.bool_)
    return Running(
        campaign_id=np.array(values["campaign_id"], dtype=np.int64),
        spends=spends,
        laid_out=lay_out(
            calendar,
            names=tuple(values["campaign_name"]),
            channels=np.array([CHANNELS.index(c) for c in values["channel"]], dtype=np.int64),
            starts=tuple(starts),
            ends=tuple(values["end_date"]),
            strength=np.array(values["strength"]),
            lift=np.array(values["lift"]),
            spends=spends,
        ),
    )


def _sign_up(state: State, day: Day, pace: Pace) -> I64:
    """Open the day's accounts; returns the ids of those opened to place an order."""
    rng = generator(state.seed, Purpose.DAY_PEOPLE, day.ordinal)
    count = int(rng.poisson(pace.sign_ups * day.sign_up_season))
    first = state.take_ids("customers", count)
    numbers = np.arange(first, first + count)
    at = np.sort(day.instants(count, rng))
    people = draw_people(numbers, "", NO_EMAIL, rng)
    habits = draw_habits(count, rng)
    is_test = rng.random(count) < TEST_SHARE
    channel = Choices.of(ACQUIRED).draw(rng.random(count))
    labelled = rng.random(count) >= NO_LABEL
    opens = rng.random(count) < pace.opening
    email = _second_accounts(state, people.email, rng.random(count) < SECOND_ACCOUNT, rng)
    days = np.full(count, day.ordinal, dtype=np.int32)
    state.insert(
        "raw_data.customers",
        customer_id=numbers,
        email=email,
        customer_name=people.name,
        segment=words(vocabulary(["new"]), np.where(labelled, 0, NEVER)),
        **place_columns(people.place),
        acquisition_channel=words(
            vocabulary(CHANNELS), np.where(channel == len(CHANNELS), NEVER, channel)
        ),
        accepts_marketing=people.accepts_email,
        is_test=is_test,
        signed_up_at=timestamps(at, 0),
        updated_at=timestamps(at, 0),
        arrives_on=days,
        changed_on=days,
    )
    state.insert(
        "hidden.accounts",
        customer_id=numbers,
        rate=habits.rate * pace.rate,
        dropped_out=at + HOUR + habits.lifetime,
        signed_up=at,
        placed=np.zeros(count, dtype=np.int64),
        last_ordered=np.full(count, NEVER),
        place=people.place,
    )
    opened: I64 = numbers[opens]
    return opened


def _second_accounts(state: State, email: Column, again: Bool, rng: np.random.Generator) -> Column:
    """The addresses, with existing accounts' addresses in the rows `again`."""
    theirs = draw_known_emails(state, int(again.sum()), rng)
    return pc.replace_with_mask(email, pa.array(again), theirs) if len(theirs) else email


def draw_known_emails(state: State, count: int, rng: np.random.Generator) -> Column:
    """The addresses of `count` accounts, some with typos; fewer if there are no accounts."""
    known = state.frame("select customer_id from hidden.accounts order by 1")["customer_id"]
    if not count or not len(known):
        return pa.array([], pa.string())
    chosen = known[rng.integers(0, len(known), count)]
    with state.given("chosen", {"row": np.arange(count), "customer_id": chosen}):
        found = state.table(
            "select email from chosen join raw_data.customers using (customer_id) order by row"
        )
    email = found.column("email").combine_chunks()
    blank = pc.is_null(email).to_numpy(zero_copy_only=False)
    return type_oddly(email, (rng.random(count) < 0.5) & ~blank, rng)


def _intend(
    state: State,
    day: Day,
    pace: Pace,
    accounts: _Accounts,
    opened: I64,
    running: Running,
    calendar: ShopCalendar,
    rng: np.random.Generator,
) -> _Intentions:
    """The orders decided on the day: new accounts, regulars, campaign responders, guests."""
    signed_up = accounts.signed_up[accounts.rows(opened)] if len(opened) else opened
    session = signed_up + rng.integers(MINUTE, HOUR // 2, len(opened))
    wait = np.minimum(rng.exponential(_OPENING_DAYS, len(opened)), _LONGEST_WAIT) * DAY
    later = signed_up + HOUR + wait.astype(np.int64)
    opening_at = np.where(rng.random(len(opened)) < _OPENS_IN_SESSION, session, later)

    there = accounts.signed_up < day.start
    alive = np.where(there & (accounts.dropped_out > day.start), accounts.rate, 0.0)
    cumulative = np.cumsum(alive)
    expected = (float(cumulative[-1]) if len(alive) else 0.0) * pace.demand * day.season
    repeats = int(rng.poisson(expected))
    moved = int(rng.poisson(expected * pace.caused))
    buyer = (
        accounts.customer_id[_rows(cumulative, repeats + moved, rng)] if expected else opened[:0]
    )
    repeats, moved = (repeats, moved) if expected else (0, 0)
    buyer = rng.permutation(buyer)
    buyer_at = day.instants(repeats + moved, rng)
    back = _come_back(state, day, accounts, rng)
    back_at = day.instants(len(back), rng)

    guests = int(rng.poisson(pace.guests * day.season))
    guest_at = day.instants(guests, rng)
    count = len(opened) + len(buyer) + len(back) + guests
    seq = state.take_ids("hidden.intentions", count) + np.arange(count)
    person = np.concatenate((opened, buyer, back, -seq[count - guests :]))
    at = np.concatenate((opening_at, buyer_at, back_at, guest_at)).astype(np.int64)

    caused = np.zeros(count, dtype=np.bool_)
    caused[len(opened) + repeats : len(opened) + repeats + moved] = True
    delay = np.minimum(rng.exponential(_CAUSE_DAYS, count), _LONGEST_WAIT) * DAY
    since = np.zeros(count, dtype=np.int64)
    if len(accounts.customer_id):
        since = np.where(person > 0, accounts.signed_up[accounts.rows(person)], 0) + 2 * MINUTE
    cause_at = np.maximum(at - 5 * MINUTE - delay.astype(np.int64), since)
    caused &= cause_at < at
    drawn = rng.random(count)
    cause = np.full(count, NEVER)
    if caused.any():
        days = calendar.day_of(cause_at[caused] - calendar.origin)
        cause[caused] = running.laid_out.cause.draw(drawn[caused], days)
    order = np.argsort(at, kind="stable")
    state.insert(
        "hidden.intentions",
        seq=seq[order],
        customer_id=np.where(person > 0, person, NEVER)[order],
        moment=at[order],
        cause_campaign=np.where(cause == NEVER, NEVER, _take(running.campaign_id, cause))[order],
        cause_at=np.where(caused, cause_at, NEVER)[order],
    )
    return _Intentions(person[order], at[order], cause[order], cause_at[order])


def _take(values: I64, rows: I64) -> I64:
    """`values[rows]`, 0 for `NEVER`."""
    return values[np.maximum(rows, 0)] if len(values) else np.zeros(len(rows), dtype=np.int64)


def _rows(cumulative: F64, count: int, rng: np.random.Generator) -> I64:
    """Rows in proportion to the steps of `cumulative`, which ends above 0."""
    draws = np.sort(rng.random(count)) * cumulative[-1]
    rows: I64 = np.searchsorted(cumulative, draws, side="right")
    return np.minimum(rows, len(cumulative) - 1)


def _come_back(state: State, day: Day, accounts: _Accounts, rng: np.random.Generator) -> I64:
    """Churned accounts that nevertheless order again on this day."""
    gone = np.flatnonzero(
        (accounts.dropped_out <= day.start)
        & (accounts.last_ordered != NEVER)
        & (accounts.last_ordered < day.start - _DORMANT_AFTER)
    )
    expected = max(len(gone) * _RETURN_SHARE, _RETURNS_LEAST)
    count = min(int(rng.poisson(expected)), len(gone)) if len(gone) else 0
    back = accounts.customer_id[np.sort(rng.choice(gone, count, replace=False))] if count else gone
    back = back[:count]
    habits = draw_habits(count, rng)
    with state.given("back", {"customer_id": back, "until": day.end + habits.lifetime}):
        state.execute(
            "update hidden.accounts set dropped_out = until from back "
            "where back.customer_id = hidden.accounts.customer_id"
        )
    log(state, day, "customer reactivated", "customers", back, np.full(count, day.start))
    return back


def _idle(
    day: Day,
    pace: Pace,
    accounts: _Accounts,
    campaigns: Campaigns,
    calendar: ShopCalendar,
    rng: np.random.Generator,
) -> TouchPart:
    """Touches without effect, of active and inactive accounts."""
    there = accounts.customer_id[accounts.signed_up < day.start]
    count = int(rng.poisson(pace.idle * len(there) * pace.demand * day.season))
    if not count:
        return _nothing()
    person = there[rng.integers(0, len(there), count)]
    at = day.instants(count, rng) - calendar.origin
    campaign = campaigns.touch.draw(rng.random(count), calendar.day_of(at))
    return TouchPart(person, at, campaigns.channels[campaign], campaign)


def _strangers(
    day: Day, pace: Pace, campaigns: Campaigns, calendar: ShopCalendar, rng: np.random.Generator
) -> TouchPart:
    """Visitors who come once or a few times and stay anonymous."""
    count = int(rng.poisson(pace.strangers * day.season))
    if not count:
        return _nothing()
    visitor = rng.integers(0, max(count // 2, 1), count)
    at = day.instants(count, rng) - calendar.origin
    channel = MIXES.draw(rng.random(count), np.full(count, MIX_STRANGERS))
    campaign = paid_campaign(calendar, campaigns, channel, at, rng)
    # Below the numbers of all guests of all days, so that an anonymous visitor matches no one else.
    return TouchPart(_STRANGER - visitor, at, channel, campaign)


_STRANGER: Final = -(1 << 60)


def _nothing() -> TouchPart:
    empty = np.zeros(0, dtype=np.int64)
    return TouchPart(empty, empty, empty, empty)


def _plan_touches(
    state: State,
    day: Day,
    accounts: _Accounts,
    running: Running,
    calendar: ShopCalendar,
    parts: list[TouchPart],
    first: int,
) -> None:
    """Store the touches; those on days before `first` are past and skipped."""
    rng = generator(state.seed, Purpose.DAY_TOUCHES, day.ordinal)
    person = np.concatenate([part.person for part in parts])
    at = np.concatenate([part.at for part in parts])
    channel = np.concatenate([part.channel for part in parts])
    campaign = np.concatenate([part.campaign for part in parts])
    order = np.argsort(at, kind="stable")
    # No touches exist before the shop opened.
    order = order[at[order] >= 0]
    person, at, channel, campaign = person[order], at[order], channel[order], campaign[order]
    count = len(at)
    ours = person > 0
    known = ours & (rng.random(count) < KNOWN)
    written = known
    if len(accounts.customer_id):
        rows = accounts.rows(person)
        known &= at + calendar.origin >= accounts.signed_up[rows]
        written = known & accounts.accepts[rows]
    kind = draw_kinds(channel, written, rng)
    chunk, row = _browsers(state, day, person)
    device = draw_devices(chunk, row, state.seed, rng)
    happens = calendar.day_of(at) + calendar.first_day.toordinal()
    late = rng.random(count) < _LATE_TOUCHES
    arrives = happens + np.where(late, rng.integers(1, _LATEST_TOUCH + 1, count), 0)
    kept = happens >= first
    seq = state.take_ids("hidden.touches", count) + np.arange(count)
    unseen = (kind == SENT) & known
    columns = {
        "seq": pa.array(seq),
        "person": pa.array(person),
        "known": pa.array(known),
        "moment": pa.array(at + calendar.origin),
        "channel": words(vocabulary(CHANNELS), channel),
        "campaign_id": ids(
            np.where(campaign == NEVER, NEVER, _take(running.campaign_id, campaign))
        ),
        "touch_type": words(vocabulary(TYPES), kind),
        "anonymous_id": hex_text(device, unseen),
        "arrives_on": pa.array(arrives.astype(np.int32)),
    }
    chosen = pa.array(kept)
    state.insert("hidden.touches", **{n: c.filter(chosen) for n, c in columns.items()})


def _browsers(state: State, day: Day, person: I64) -> tuple[I64, I64]:
    """The random chunk and row of each person's browsers; generated accounts keep theirs."""
    spec = state.manifest.spec
    bounds = chunk_bounds(spec)
    generated = (person > 0) & (person <= spec.customers)
    chunk = np.where(person > 0, _NEW_ACCOUNTS, day.ordinal)
    row = np.where(person > 0, person, np.where(person <= _STRANGER, _STRANGER - person, 0))
    guest = (person < 0) & (person > _STRANGER)
    row = np.where(guest, _GUESTS_FROM - person, row)
    held = np.searchsorted(bounds, np.maximum(person - 1, 0), side="right") - 1
    held = np.clip(held, 0, len(bounds) - 2)
    chunk = np.where(generated, held, chunk)
    row = np.where(generated, person - 1 - bounds[held], row)
    return chunk.astype(np.int64), row.astype(np.int64)
