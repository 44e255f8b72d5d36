"""The parameters of a synthetic shop, and the result of generating it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ecommerce_analytics.errors import EcomError

FORMAT_VERSION: Final = 1

_MOST_YEARS: Final = 50
_FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200


@dataclass(frozen=True)
class ShopSpec:
    """The size, the seed and the days of a shop.

    Attributes:
        customers: Accounts; 0 only for a shop without orders.
        orders: Orders, including guests' and test orders.
        seed: The seed of all random draws.
        start: First day, a local day in the shop's time zone.
        end: Last day, inclusive.
    """

    customers: int = 10_000
    orders: int = 50_000
    seed: int = 42
    start: date = date(2023, 1, 1)
    end: date = date(2025, 12, 31)

    def __post_init__(self) -> None:
        """Check that the shop is possible.

        Raises:
            EcomError: A size or the seed is negative, there are orders but no customers, or the
                days are reversed or outside the generator's range.
        """
        for name in ("customers", "orders", "seed"):
            if (value := getattr(self, name)) < 0:
                raise EcomError(
                    f"a shop's {name} cannot be negative, but is {value}; use 0 or more"
                )
        if self.orders and not self.customers:
            raise EcomError(
                f"{self.orders} orders need somebody to place them, but the shop has 0 customers; "
                "ask for at least 1 customer, or for 0 orders"
            )
        if self.end < self.start:
            raise EcomError(
                f"the shop ends on {self.end}, before it starts on {self.start}; swap the two days"
            )
        if self.start.year < _FIRST_YEAR or self.end.year > LAST_YEAR:
            raise EcomError(
                f"the shop runs from {self.start} to {self.end}; "
                f"keep it within the years {_FIRST_YEAR} to {LAST_YEAR}"
            )
        if self.end.year - self.start.year > _MOST_YEARS:
            raise EcomError(
                f"the shop runs from {self.start} to {self.end}; "
                f"ask for at most {_MOST_YEARS} years at once"
            )


@dataclass(frozen=True)
class ShopSummary:
    """The result of a run: rows per source table, in the contract's order, and the time taken."""

    rows: Mapping[str, int]
    seconds: float

    @property
    def total_rows(self) -> int:
        """Rows over all source tables."""
        return sum(self.rows.values())
