"""One simulated local day, and the shop's activity rates at the end of its history.

Instants are seconds since 1970 in UTC. A day is identified by its ordinal in the calendar, which
also selects its branch of the random tree, independent of earlier draws.
"""

import datetime
from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

import numpy as np

from ecommerce_analytics.generate.accounts import OPENS_WITH_ORDER
from ecommerce_analytics.generate.arrays import F64, I64, Choices
from ecommerce_analytics.generate.demand import (
    CAUSED_SHARE,
    GUEST_SHARE,
    IDLE_TOUCHES,
    MOST_OPENING,
    STRANGER_TOUCHES,
)
from ecommerce_analytics.generate.shop_calendar import SLOT, Curve, ShopCalendar
from ecommerce_analytics.generate.spec import ShopSpec

# Sign-ups react less to the season than orders; the calendar uses the same exponent.
_SIGN_UP_SEASON: Final = 0.8
# The last days of the history, from which activity rates are estimated.
_LEVEL_DAYS: Final = 28


@dataclass(frozen=True)
class Day:
    """A local day of the shop.

    Attributes:
        date: The day.
        timezone: The shop's zone.
        calendar: The calendar of this day alone.
    """

    date: datetime.date
    timezone: str
    calendar: ShopCalendar

    @classmethod
    def of(cls, day: datetime.date, timezone: str) -> "Day":
        """The local day with the ordinal `day`."""
        return _day(day, timezone)

    @property
    def ordinal(self) -> int:
        """Days since the beginning of the calendar."""
        return self.date.toordinal()

    @property
    def start(self) -> int:
        """The first second of the day."""
        return self.calendar.origin

    @property
    def end(self) -> int:
        """The first second of the next day."""
        return self.calendar.origin + self.calendar.end

    @property
    def season(self) -> float:
        """Demand on this day, in the calendar's unit."""
        return float(np.sum(self.calendar.season))

    @property
    def sign_up_season(self) -> float:
        """Expected sign-ups on this day, in the calendar's unit."""
        return float(np.sum(self.calendar.season**_SIGN_UP_SEASON))

    def instants(self, count: int, rng: np.random.Generator) -> I64:
        """`count` instants of the day, distributed over its half hours like demand."""
        slot = Choices.of(self.calendar.season).draw(rng.random(count))
        inside: I64 = rng.integers(0, SLOT, count)
        return self.start + slot * SLOT + inside

    def office_hours(self, count: int, rng: np.random.Generator) -> I64:
        """`count` instants between nine and five, in local time as it is on most days."""
        inside: I64 = rng.integers(9 * 3_600, 17 * 3_600, count)
        return self.start + inside


@cache
def _day(day: datetime.date, timezone: str) -> Day:
    return Day(day, timezone, ShopCalendar.of(day, day, timezone))


@dataclass(frozen=True)
class Pace:
    """The activity rates per unit of a day's season.

    Attributes:
        sign_ups: Accounts opened.
        guests: Orders of guests.
        demand: Demand-clock days per unit.
        caused: Orders caused by campaigns, per purchase that is not.
        opening: Share of new accounts that were opened to place an order.
        idle: Touches without effect, per account and demand-clock day.
        strangers: Touches of visitors who stay anonymous.
        traffic: Visit-clock days per unit.
        spend: Dollars per unit of reach times cost times traffic.
        rate: Mean purchases per account and demand-clock day.
    """

    sign_ups: float
    guests: float
    demand: float
    caused: float
    opening: float
    idle: float
    strangers: float
    traffic: float
    spend: float
    rate: float

    def as_dict(self) -> dict[str, float]:
        """The values by name, for the state file."""
        return asdict(self)

    @classmethod
    def of(
        cls, spec: ShopSpec, calendar: ShopCalendar, signed_up: I64, rates: F64, cost: F64
    ) -> "Pace":
        """The activity rates of a generated shop at the end of its history.

        Args:
            spec: What was generated.
            calendar: Its days.
            signed_up: Seconds after the calendar's origin at which each account was opened.
            rates: Each account's purchases on a day of the demand clock.
            cost: What reaching people cost on each day before it was fitted to the orders.
        """
        guests = round(spec.orders * GUEST_SHARE)
        ours = spec.orders - guests
        opening = min(round(spec.customers * OPENS_WITH_ORDER), int(ours * MOST_OPENING))
        caused = min(round(ours * CAUSED_SHARE), ours - opening)
        repeats = ours - opening - caused
        demand = calendar.demand.total / float(np.sum(calendar.season))
        exposure = float(np.sum(calendar.demand.total - calendar.demand.at(signed_up)))
        visits = _level(calendar.visits, calendar.season)
        return cls(
            sign_ups=spec.customers * _level(calendar.sign_ups, calendar.season**_SIGN_UP_SEASON),
            guests=guests * visits,
            demand=demand,
            caused=caused / repeats if repeats else 0.0,
            opening=opening / spec.customers if spec.customers else 0.0,
            idle=spec.orders * IDLE_TOUCHES / exposure if exposure else 0.0,
            strangers=spec.orders * STRANGER_TOUCHES * visits,
            traffic=calendar.visits.total * visits,
            spend=0.0 if not cost.sum() else float(spec.orders / cost.sum()),
            rate=float(np.mean(rates)) if len(rates) else 0.0,
        )


def _level(curve: Curve, season: F64) -> float:
    """The share of the total per unit of season, in the last weeks of the shop."""
    slots = min(_LEVEL_DAYS * 48, len(season))
    share = (curve.clock[-1] - curve.clock[-1 - slots]) / curve.total
    return float(share) / float(np.sum(season[-slots:]))
