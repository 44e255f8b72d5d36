"""Changes of accounts: moves, new e-mail addresses, consent, CRM segments."""

from typing import Final

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.arrays import DAY, I64, NEVER, Purpose, generator
from ecommerce_analytics.generate.columns import timestamps, vocabulary, words
from ecommerce_analytics.generate.names import EMAIL_DOMAINS
from ecommerce_analytics.generate.profiles import NO_LABEL, SEGMENTS, places
from ecommerce_analytics.living.changes import how_many, log
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.people import draw_places, place_columns
from ecommerce_analytics.living.state import State, Values

# The yearly share of accounts, and the daily minimum in a small shop.
_MOVES: Final = (0.10, 0.25)
_EMAILS: Final = (0.04, 0.25)
_CONSENTS: Final = (0.05, 0.2)
_REVIEWED: Final = 0.004
_REVIEWED_LEAST: Final = 2.0
_AFTER_ORDER: Final = 0.5
_WRONG: Final = 0.03
_NEW, _ACTIVE, _AT_RISK, _DORMANT, _VIP = range(len(SEGMENTS))


def change_customers(state: State, day: Day) -> None:
    """Change the day's accounts, each at most once."""
    rng = generator(state.seed, Purpose.DAY_CUSTOMERS, day.ordinal)
    there = state.frame(
        "select customer_id from raw_data.customers where arrives_on < ? order by 1", day.ordinal
    )["customer_id"]
    count = len(there)
    sizes = [
        how_many(count * share / 365, least, count, rng)
        for share, least in (_MOVES, _EMAILS, _CONSENTS)
    ]
    sizes.append(how_many(count * _REVIEWED, _REVIEWED_LEAST, count, rng))
    picked = rng.choice(there, min(sum(sizes), count), replace=False) if count else there
    moved, written, decided, reviewed = np.split(picked, np.cumsum(sizes)[:3])
    _move(state, day, np.sort(moved), rng)
    _change_emails(state, day, np.sort(written), rng)
    _change_consents(state, day, np.sort(decided), rng)
    _relabel(state, day, reviewed, picked, rng)


def _changed(
    state: State, day: Day, keys: I64, columns: dict[str, Values], kind: str, at: I64
) -> None:
    """Give accounts new values."""
    if not len(keys):
        return
    given = {**columns, "customer_id": keys, "updated_at": timestamps(at, 0)}
    assignments = ", ".join(f"{name} = given.{name}" for name in (*columns, "updated_at"))
    with state.given("given", given):
        state.execute(
            f"update raw_data.customers set {assignments}, changed_on = ? "  # noqa: S608
            "from given where given.customer_id = customers.customer_id",
            day.ordinal,
        )
    log(state, day, kind, "customers", keys, at)


def _move(state: State, day: Day, keys: I64, rng: np.random.Generator) -> None:
    place = draw_places(len(keys), rng)
    with state.given("given", {"customer_id": keys}):
        now = state.frame(
            "select place from hidden.accounts semi join given using (customer_id) "
            "order by customer_id"
        )["place"]
    place = np.where(place == now, (place + 1) % len(places()), place)
    with state.given("given", {"customer_id": keys, "place": place}):
        state.execute(
            "update hidden.accounts set place = given.place from given "
            "where given.customer_id = accounts.customer_id"
        )
    at = day.office_hours(len(keys), rng)
    _changed(state, day, keys, {**place_columns(place)}, "customer moved", at)


def _change_emails(state: State, day: Day, keys: I64, rng: np.random.Generator) -> None:
    """A new address at another domain, built from the account's own name and number."""
    domains = ", ".join(f"'{domain}'" for domain in EMAIL_DOMAINS)
    with state.given("given", {"customer_id": keys}):
        found = state.table(
            f"""
            select customer_id, lower(replace(customer_name, ' ', '.')) || customer_id || '@' ||
                ([{domains}])[coalesce(list_position(
                    [{domains}], split_part(lower(trim(email)), '@', 2)
                ), 0) % {len(EMAIL_DOMAINS)} + 1] as email
            from raw_data.customers semi join given using (customer_id)
            where customer_name is not null order by customer_id
            """  # noqa: S608
        )
    known = found.column("customer_id").to_numpy()
    at = day.office_hours(len(known), rng)
    email = found.column("email").combine_chunks()
    _changed(state, day, known, {"email": email}, "e-mail changed", at)


def _change_consents(state: State, day: Day, keys: I64, rng: np.random.Generator) -> None:
    with state.given("given", {"customer_id": keys}):
        accepts = state.frame(
            "select accepts_marketing from raw_data.customers semi join given using (customer_id) "
            "order by customer_id"
        )["accepts_marketing"]
    at = day.office_hours(len(keys), rng)
    new = {"accepts_marketing": ~accepts.astype(np.bool_)}
    _changed(state, day, keys, {**new}, "consent changed", at)


def _relabel(state: State, day: Day, reviewed: I64, busy: I64, rng: np.random.Generator) -> None:
    """Update the segment of some accounts, and of those that have just ordered."""
    ordered = state.frame(
        "select customer_id from hidden.accounts join raw_data.customers using (customer_id) "
        "where last_ordered >= ? and arrives_on < ? order by 1",
        day.start,
        day.ordinal,
    )["customer_id"]
    ordered = ordered[(rng.random(len(ordered)) < _AFTER_ORDER) & ~np.isin(ordered, busy)]
    with state.given("given", {"customer_id": np.union1d(reviewed, ordered)}):
        found = state.frame(
            """
            select customer_id, signed_up, placed, last_ordered, coalesce(segment, '') as segment
            from hidden.accounts join raw_data.customers using (customer_id)
            semi join given using (customer_id) order by customer_id
            """
        )
    count = len(found["customer_id"])
    quiet = (day.end - np.maximum(found["last_ordered"], found["signed_up"])) / DAY
    age = (day.end - found["signed_up"]) / DAY
    label = np.select(
        [age < 60, (found["placed"] >= 9) & (quiet < 150), quiet < 120, quiet < 270],
        [_NEW, _VIP, _ACTIVE, _AT_RISK],
        _DORMANT,
    ).astype(np.int64)
    wrong = rng.random(count) < _WRONG
    label = np.where(wrong, rng.integers(0, len(SEGMENTS), count), label)
    label = np.where(rng.random(count) < NO_LABEL / 2, NEVER, label)
    at = day.office_hours(count, rng)
    names = np.array([*SEGMENTS, ""])
    differs = names[label] != found["segment"].astype(names.dtype)
    new = words(vocabulary(SEGMENTS), label).filter(pa.array(differs))
    keys = found["customer_id"][differs]
    _changed(state, day, keys, {"segment": new}, "segment changed", at[differs])
