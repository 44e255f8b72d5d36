"""New people and their input: names, e-mail addresses and places, drawn as the generator does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecommerce_analytics.generate.arrays import I64, NEVER, Bool, Choices
from ecommerce_analytics.generate.columns import Column, join, take, text, vocabulary, words
from ecommerce_analytics.generate.names import EMAIL_DOMAIN_SHARES, EMAIL_DOMAINS
from ecommerce_analytics.generate.profiles import (
    ACCEPTS_MARKETING,
    NO_PLACE,
    TYPED_ODDLY,
    full_names,
    places,
    type_oddly,
)


@dataclass(frozen=True)
class People:
    """New people; every column has one row for each.

    Attributes:
        name: Full names.
        email: As typed, null where not given.
        place: Index into the places, or `NEVER` for unknown.
        accepts_email: Whether the person accepts e-mail.
    """

    name: Column
    email: Column
    place: I64
    accepts_email: Bool


def draw_people(numbers: I64, mark: str, no_email: float, rng: np.random.Generator) -> People:
    """Draw one person per number in `numbers`, which makes their addresses unique.

    Args:
        numbers: One number per person.
        mark: The character before the number: a hyphen for guests.
        no_email: The share without an address.
        rng: The random generator.
    """
    count = len(numbers)
    names, _ = full_names()
    codes = rng.integers(0, len(names), count)
    place = draw_places(count, rng)
    place[rng.random(count) < NO_PLACE] = NEVER
    email = type_oddly(
        addresses(codes, numbers, mark, draw_domains(count, rng)),
        rng.random(count) < TYPED_ODDLY,
        rng,
    )
    missing = rng.random(count) < no_email
    return People(
        name=take(names, codes),
        email=pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), email),
        place=place,
        accepts_email=rng.random(count) < ACCEPTS_MARKETING,
    )


def addresses(codes: I64, numbers: I64, mark: str, domains: I64) -> Column:
    """The address of the name `codes` with a number, at one of the domains."""
    _, spellings = full_names()
    return join(
        take(spellings, codes), mark, text(numbers), "@", words(vocabulary(EMAIL_DOMAINS), domains)
    )


def draw_domains(count: int, rng: np.random.Generator) -> I64:
    """Indexes of e-mail domains."""
    return Choices.of(EMAIL_DOMAIN_SHARES).draw(rng.random(count))


def draw_places(count: int, rng: np.random.Generator) -> I64:
    """Indexes of places, in proportion to their population."""
    return Choices.of([share for *_, share in places()]).draw(rng.random(count))


def place_columns(place: I64) -> dict[str, Column]:
    """The columns `state`, `country` and `city` of places, null where unknown."""

    def column(values: Sequence[str | None]) -> Column:
        return words(vocabulary(values), place)

    return {
        "state": column([state for _, state, *_ in places()]),
        "country": column([country for country, *_ in places()]),
        "city": column([city for _, _, city, *_ in places()]),
    }
