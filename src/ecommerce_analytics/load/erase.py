"""Erasure requests: written to the contract's table `erasures` as a batch of changes."""

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.errors import EcomError, MissingRelationError
from ecommerce_analytics.load.sql import literal

if TYPE_CHECKING:
    from ecommerce_analytics.engines.base import Engine

ERASURES: Final = "erasures"


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
        engine.apply(Path(directory))
    return Erased((*asked, *sharing), sharing, [key for key in asked if key not in known])


def _sharing(engine: "Engine", asked: Sequence[str]) -> list[str]:
    """The requested accounts in the raw table, and those with the same address."""
    keys = ", ".join(literal(key) for key in asked)
    accounts = (
        "select cast(customer_id as varchar(200)) as id, "  # noqa: S608
        "nullif(lower(trim(email)), '') as address "
        f"from {load_contract().schema}.customers"
    )
    rows = engine.rows(
        f"select id from ({accounts}) as every where id in ({keys}) or address in ("  # noqa: S608
        f"select address from ({accounts}) as asked where id in ({keys})) order by id"
    )
    return [str(key) for (key,) in rows]
