"""Customers' data in the shop: names, e-mails as typed, places, the CRM's labels."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecommerce_analytics.generate.accounts import Accounts
from ecommerce_analytics.generate.arrays import (
    DAY,
    I64,
    NEVER,
    Bool,
    Choices,
    Purpose,
    generator,
)
from ecommerce_analytics.generate.campaigns import CHANNELS
from ecommerce_analytics.generate.columns import (
    Column,
    ids,
    join,
    take,
    text,
    timestamps,
    vocabulary,
    words,
)
from ecommerce_analytics.generate.demand import Orders
from ecommerce_analytics.generate.names import (
    EMAIL_DOMAIN_SHARES,
    EMAIL_DOMAINS,
    FIRST_NAMES,
    LAST_NAMES,
    PLACES,
)
from ecommerce_analytics.generate.shop_calendar import ShopCalendar

SEGMENTS: Final = ("new", "active", "at-risk", "dormant", "vip")
_NEW, _ACTIVE, _AT_RISK, _DORMANT, _VIP = range(len(SEGMENTS))

NO_EMAIL: Final = 0.02
SECOND_ACCOUNT: Final = 0.015
TYPED_ODDLY: Final = 0.01
GUEST_NO_EMAIL: Final = 0.03
GUEST_HAS_ACCOUNT: Final = 0.22
NO_PLACE: Final = 0.01
NO_LABEL: Final = 0.08
WRONG_LABEL: Final = 0.1
ACCEPTS_MARKETING: Final = 0.66
# Email, social, search, display, affiliate, direct, and none: organic.
ACQUIRED: Final = np.array([0.06, 0.2, 0.22, 0.07, 0.08, 0.11, 0.26])


@dataclass(frozen=True)
class Profiles:
    """The people of one chunk: its accounts, then its guests; shape (people,) unless noted.

    Attributes:
        email: As typed, null where not given.
        name: Full names.
        place: Index into the places, or `NEVER` for unknown.
        accepts_email: Whether the person accepts e-mails.
        same_as: Row of the account whose e-mail this account repeats, or its own row; shape
            (accounts,).
    """

    email: Column
    name: Column
    place: I64
    accepts_email: Bool
    same_as: I64


@cache
def full_names() -> tuple[Column, Column]:
    """Every full name and its e-mail spelling, last names within first names."""
    names = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    return (
        vocabulary([f"{first} {last}" for first, last in names]),
        vocabulary([f"{first}.{last}".lower() for first, last in names]),
    )


@cache
def places() -> tuple[tuple[str, str | None, str, int, float], ...]:
    """Country, state, city, tax and share of each city; the first of a state is the biggest."""
    return tuple(
        (country, state, city, tax, share * weight)
        for country, state, tax, share, cities in PLACES
        for city, weight in zip(cities, _falling(len(cities)), strict=True)
    )


def _falling(count: int) -> list[float]:
    total = sum(1 / rank for rank in range(1, count + 1))
    return [1 / rank / total for rank in range(1, count + 1)]


def draw_profiles(
    accounts: Accounts, guests: int, first_guest: int, seed: int, chunk: int
) -> Profiles:
    """Draw the accounts of the chunk and its guests, the guests numbered from `first_guest`."""
    rng = generator(seed, Purpose.PROFILES, chunk)
    known = len(accounts)
    count = known + guests
    codes = rng.integers(0, len(FIRST_NAMES) * len(LAST_NAMES), count)
    names, spellings = full_names()
    place = Choices.of([share for *_, share in places()]).draw(rng.random(count))
    place[rng.random(count) < NO_PLACE] = NEVER

    numbers = np.arange(count) + accounts.first_id
    numbers[known:] = np.arange(guests) + first_guest
    # Guests' addresses contain a hyphen, so they never equal an account's by chance.
    mark = words(vocabulary(["", "-"]), (np.arange(count) >= known).astype(np.int64))
    domain = Choices.of(EMAIL_DOMAIN_SHARES).draw(rng.random(count))
    email = join(
        take(spellings, codes),
        mark,
        text(numbers),
        "@",
        words(vocabulary(EMAIL_DOMAINS), domain),
    )
    source = np.arange(count)
    if known:
        again = rng.random(known) < SECOND_ACCOUNT
        again[0] = False
        firsts, second = np.flatnonzero(~again), np.flatnonzero(again)
        source[second] = firsts[rng.integers(0, len(firsts), len(second))]
        shared = known + np.flatnonzero(rng.random(guests) < GUEST_HAS_ACCOUNT)
        source[shared] = source[rng.integers(0, known, len(shared))]
    odd = rng.random(count) < np.where(source != np.arange(count), 0.5, TYPED_ODDLY)
    email = type_oddly(take(email, source), odd, rng)
    missing = rng.random(count) < np.where(np.arange(count) < known, NO_EMAIL, GUEST_NO_EMAIL)
    return Profiles(
        email=pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), email),
        name=take(names, codes),
        place=place,
        accepts_email=rng.random(count) < ACCEPTS_MARKETING,
        same_as=source[:known],
    )


def type_oddly(email: Column, odd: Bool, rng: np.random.Generator) -> Column:
    """The addresses with capitals and outer blanks in the rows where `odd`."""
    if not odd.any():
        return email
    rows = email.filter(pa.array(odd))
    way = rng.integers(0, 4, len(rows))
    typed = pc.choose(
        pa.array(way),
        pc.utf8_title(rows),
        pc.utf8_upper(rows),
        join(pc.utf8_title(rows), " "),
        join("  ", rows),
    )
    mixed: Column = pc.replace_with_mask(email, pa.array(odd), typed)
    return mixed


def tax_rates(place: I64) -> I64:
    """Sales tax at each place in hundred-thousandths; 0 if the place is unknown."""
    rates = np.array([tax for _, _, _, tax, _ in places()] + [0], dtype=np.int64)
    return rates[place]


def is_abroad(place: I64) -> Bool:
    """Whether each place is known to be outside the shop's country."""
    abroad = np.array([country != PLACES[0][0] for country, *_ in places()] + [False])
    return abroad[place]


def customer_table(
    accounts: Accounts,
    profiles: Profiles,
    orders: Orders,
    calendar: ShopCalendar,
    seed: int,
    chunk: int,
) -> list[Column]:
    """The columns of `customers`, in the contract's order."""
    rng = generator(seed, Purpose.LABELS, chunk)
    count = len(accounts)
    place = profiles.place[:count]
    channel = Choices.of(ACQUIRED).draw(rng.random(count))
    since = calendar.end - 1 - accounts.signed_up
    changed = np.where(rng.random(count) < 0.45, since * rng.random(count), 0).astype(np.int64)
    return [
        ids(np.arange(count) + accounts.first_id),
        profiles.email[:count],
        profiles.name[:count],
        words(vocabulary(SEGMENTS), _label(accounts, orders, calendar, rng)),
        words(vocabulary([state for _, state, *_ in places()]), place),
        words(vocabulary([country for country, *_ in places()]), place),
        words(vocabulary([city for _, _, city, *_ in places()]), place),
        words(vocabulary(CHANNELS), np.where(channel == len(CHANNELS), NEVER, channel)),
        pa.array(profiles.accepts_email[:count]),
        pa.array(accounts.is_test),
        timestamps(accounts.signed_up, calendar.origin),
        timestamps(accounts.signed_up + changed, calendar.origin),
    ]


def _label(
    accounts: Accounts, orders: Orders, calendar: ShopCalendar, rng: np.random.Generator
) -> I64:
    """The CRM's label, based on the last order; missing for some and wrong for others."""
    count = len(accounts)
    ours = orders.person < count
    placed = np.bincount(orders.person[ours], minlength=count)
    last = accounts.signed_up.copy()
    # Orders are sorted by time, so the last assignment to a row is its last order.
    last[orders.person[ours]] = orders.at[ours]
    quiet = (calendar.end - last) / DAY
    age = (calendar.end - accounts.signed_up) / DAY
    label = np.select(
        [(age < 60), (placed >= 9) & (quiet < 150), quiet < 120, quiet < 270],
        [_NEW, _VIP, _ACTIVE, _AT_RISK],
        _DORMANT,
    ).astype(np.int64)
    wrong = rng.random(count) < WRONG_LABEL
    label[wrong] = rng.integers(0, len(SEGMENTS), int(wrong.sum()))
    label[rng.random(count) < np.where(placed == 0, 0.4, NO_LABEL)] = NEVER
    return label
