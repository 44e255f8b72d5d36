"""Erasure requests: written to the contract's table `erasures` as a batch of changes."""

import csv
import string
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.errors import EcomError, MissingRelationError
from ecommerce_analytics.load.faults import FaultsError
from ecommerce_analytics.load.rules import describe
from ecommerce_analytics.load.sql import literal

if TYPE_CHECKING:
    from ecommerce_analytics.engines.base import Engine

ERASURES: Final = "erasures"
# The characters that the macro strip_blanks removes at an address's ends, and anywhere.
BLANKS: Final = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
INVISIBLE: Final = (
    "\xad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_NOTHING: Final = str.maketrans("", "", INVISIBLE)
_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True)
class Erased:
    """The result of a request.

    Attributes:
        customers: The requested accounts, and those that share an address with them.
        sharing: Only the latter.
        unknown: Requested accounts that are not in the raw table.
    """

    customers: Sequence[str]
    sharing: Sequence[str]
    unknown: Sequence[str]


def erase(engine: "Engine", customers: Sequence[str]) -> Erased:
    """Record an erasure request; the next build erases the people.

    Args:
        engine: The warehouse, loaded before.
        customers: Ids of their accounts, as text.

    Returns:
        What was recorded.

    Raises:
        EcomError: An id is not of the contract's type, or the warehouse cannot be written.
    """
    asked = list(dict.fromkeys(customers))
    try:
        known = _sharing(engine, asked)
    except MissingRelationError as error:
        raise EcomError(f"{engine.place} has no raw tables yet; load a shop: ecom load") from error
    sharing = [key for key in known if key not in asked]
    now = datetime.now(UTC).replace(tzinfo=None)
    with tempfile.TemporaryDirectory(prefix="ecom-erase-") as directory:
        path = Path(directory) / f"{ERASURES}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["customer_id", "erased_at"])
            writer.writerows([key, now.isoformat(sep=" ")] for key in (*asked, *sharing))
        try:
            engine.apply(Path(directory))
        except FaultsError as error:
            # The file is ours; the person named accounts.
            column = load_contract().table(ERASURES).file_columns[0]
            raise EcomError(
                f"an account's customer_id is {describe(column)}, but --customer has "
                f"{', '.join(map(repr, asked))}; nothing was recorded"
            ) from error
    return Erased((*asked, *sharing), sharing, [key for key in asked if key not in known])


def _sharing(engine: "Engine", asked: Sequence[str]) -> list[str]:
    """The requested accounts in the raw table, and those with the same address."""
    keys = ", ".join(literal(key) for key in asked)
    # Addresses are first compared without any blanks, to find all spellings; the rule of the macro
    # normalize_email then decides which are the same person's.
    blanks = literal(BLANKS + INVISIBLE)
    accounts = (
        "select cast(customer_id as varchar(200)) as id, email, "  # noqa: S608
        f"lower(translate(email, {blanks}, '')) as address from {load_contract().schema}.customers"
    )
    rows = engine.rows(
        f"select id, email from ({accounts}) as every where id in ({keys}) or address in ("  # noqa: S608
        f"select address from ({accounts}) as asked where id in ({keys}) and address <> '') "
        "order by id"
    )
    addresses = {str(key): normalized(email) for key, email in rows}
    wanted = {addresses.get(key) for key in asked} - {None}
    return [key for key, address in addresses.items() if key in asked or address in wanted]


def normalized(email: str | None) -> str | None:
    """The address as the macro normalize_email returns it: equal addresses are one person's."""
    return (email or "").translate(_NOTHING).strip(BLANKS).translate(_LOWER) or None
