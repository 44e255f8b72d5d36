"""The shop's days: its time zone, its seasons, and the demand clock.

Times in the generator are whole seconds after the first local midnight. The calendar divides the
shop's life into half-hour slots. Each slot is within one local hour, because zones shift by whole
or half hours and slots start at a local midnight.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import yaml
from numpy.typing import NDArray

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate.arrays import DAY, F64, HOUR, I64, Bool
from ecommerce_analytics.paths import DBT_PROJECT

SLOT: Final = 1_800
DEFAULT_TIMEZONE: Final = "America/New_York"

_HOURS: Final = np.array(
    [8, 5, 3, 2, 2, 3, 6, 13, 24, 34, 42, 46, 50, 48, 45, 43, 42, 43, 47, 54, 62, 60, 43, 20.0]
)
_WEEKDAYS: Final = np.array([1.02, 0.97, 0.94, 0.93, 0.90, 1.03, 1.21])
_MONTHS: Final = np.array([0.93, 0.90, 0.95, 0.99, 1.02, 0.95, 0.84, 0.87, 0.98, 1.02, 1.17, 1.42])
# Demand on special days; other days follow weekday and month.
_FIXED_DAYS: Final = {
    (1, 1): 0.62, (2, 13): 1.25, (7, 4): 0.66, (12, 24): 0.62, (12, 25): 0.28, (12, 31): 0.72,
}  # fmt: skip
_FROM_THANKSGIVING: Final = {-2: 1.1, -1: 1.2, 0: 1.15, 1: 3.7, 2: 2.0, 3: 1.8, 4: 2.4, 5: 1.3}
_SALE_FROM_THANKSGIVING: Final = (-1, 5)
_SALE_MONTH_DAYS: Final = (((1, 2), (1, 14)), ((7, 8), (7, 17)))


def shop_timezone() -> str:
    """The dbt variable `shop_timezone`, the only place where the zone is set.

    Raises:
        EcomError: The zone is unknown to the system, or the dbt project is not YAML.
    """
    project = DBT_PROJECT / "dbt_project.yml"
    name = DEFAULT_TIMEZONE
    if project.exists():
        try:
            document = yaml.safe_load(project.read_text(encoding="utf-8")) or {}
        except (OSError, yaml.YAMLError) as error:
            raise EcomError(
                f"cannot read the variable shop_timezone in {project}: {error}"
            ) from error
        name = str((document.get("vars") or {}).get("shop_timezone", DEFAULT_TIMEZONE))
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise EcomError(
            f"{project} sets shop_timezone to {name!r}, which is no known time zone; "
            "use a name such as America/New_York"
        ) from error
    return name


@dataclass(frozen=True)
class Curve:
    """A cumulated intensity over the slots' edges, and its inverse.

    Attributes:
        edges: Seconds, shape (slots + 1,).
        clock: Cumulated intensity at each edge, strictly rising, in average days.
    """

    edges: F64
    clock: F64

    @classmethod
    def of(cls, intensity: F64) -> "Curve":
        """Cumulate a positive `intensity` per slot, scaled so that an average day counts 1."""
        days = len(intensity) * SLOT / DAY
        clock = np.zeros(len(intensity) + 1)
        np.cumsum(intensity, out=clock[1:])
        edges = np.arange(len(intensity) + 1, dtype=np.float64) * SLOT
        clock *= days / clock[-1]
        return cls(edges, clock)

    @property
    def total(self) -> float:
        """The clock at the end of the shop."""
        return float(self.clock[-1])

    def at(self, seconds: F64 | I64) -> F64:
        """The clock at each instant."""
        return np.interp(seconds, self.edges, self.clock)

    def when(self, clock: F64) -> I64:
        """The instant, in whole seconds, of each clock value."""
        found = np.interp(clock, self.clock, self.edges).astype(np.int64)
        return np.minimum(found, int(self.edges[-1]) - 1)


@dataclass(frozen=True)
class ShopCalendar:
    """The shop's days, slot by slot.

    Attributes:
        first_day: The first local day.
        days: Number of local days.
        origin: UTC seconds since 1970 of the first local midnight.
        end: Seconds from the origin to the midnight that ends the last day; nothing happens then
            or later.
        midnights: Seconds at which each local day starts, and `end`; shape (days + 1,).
        slot_days: The local day's index of each slot.
        season: Demand of each slot relative to the average, without growth.
        demand: The clock of purchases, from `season`.
        sign_ups: The clock of sign-ups.
        visits: The clock of guests and visitors: demand with growth.
        sale_days: Whether each day is in a sale, shape (days,).
        months: The month, 0 to 11, of each day.
        weeks: The index of each day's week; weeks start on Monday, the first may be shorter.
    """

    first_day: date
    days: int
    origin: int
    end: int
    midnights: I64
    slot_days: I64
    season: F64
    demand: Curve
    sign_ups: Curve
    visits: Curve
    sale_days: Bool
    months: I64
    weeks: I64

    @classmethod
    def of(cls, start: date, end: date, timezone: str) -> "ShopCalendar":
        """Build the calendar of local days from `start` to `end`, both included, in `timezone`."""
        days = (end - start).days + 1
        epochs = _midnights(start, days, ZoneInfo(timezone))
        midnights = epochs - epochs[0]
        slots = np.arange(midnights[-1] // SLOT, dtype=np.int64)
        slot_days = np.searchsorted(midnights, slots * SLOT, side="right") - 1
        # Days of 23 or 25 hours skip or repeat an hour at night: hours before two count from
        # midnight, later ones back from the next midnight.
        elapsed = slots * SLOT - midnights[slot_days]
        length = (midnights[1:] - midnights[:-1])[slot_days]
        hours = np.where(elapsed < 2 * HOUR, elapsed, DAY - (length - elapsed)) // HOUR
        by_day = _season_by_day(start, days)
        season = by_day[slot_days] * (_HOURS / _HOURS.mean())[np.clip(hours, 0, 23)]
        age = slots / max(len(slots), 1)
        growth = 0.75 + 0.65 * age * age * (3 - 2 * age)
        # The shop opens with accounts of people who had waited for it.
        opening = 1 + 5 * np.exp(-slots * SLOT / (25 * DAY))
        dates = np.datetime64(start) + np.arange(days)
        weekday = start.weekday()
        return cls(
            first_day=start,
            days=days,
            origin=int(epochs[0]),
            end=int(midnights[-1]),
            midnights=midnights,
            slot_days=slot_days,
            season=season,
            demand=Curve.of(season),
            sign_ups=Curve.of(season**0.8 * growth * opening),
            visits=Curve.of(season * (0.35 + 1.1 * age)),
            sale_days=_sale_days(start, days),
            months=dates.astype("datetime64[M]").astype(np.int64) % 12,
            weeks=(np.arange(days, dtype=np.int64) + weekday) // 7,
        )

    @property
    def week_count(self) -> int:
        """Number of weeks that the shop's days touch."""
        return int(self.weeks[-1]) + 1

    @property
    def week_starts(self) -> I64:
        """The index of each week's first day within the shop, shape (week_count,)."""
        return np.searchsorted(self.weeks, np.arange(self.week_count))

    def day_of(self, seconds: I64) -> I64:
        """The index of the local day of each instant."""
        days: I64 = self.slot_days[seconds // SLOT]
        return days

    def dates(self, days: I64) -> NDArray[np.datetime64]:
        """The dates of day indexes, as `datetime64[D]`."""
        return np.datetime64(self.first_day, "D") + days.astype("timedelta64[D]")

    def day_index(self, day: date) -> int:
        """The index of `day`; negative or beyond `days` outside the shop's life."""
        return (day - self.first_day).days


def _midnights(start: date, days: int, zone: ZoneInfo) -> I64:
    """UTC seconds of each local midnight from `start` to the day after the last."""
    starts = [
        datetime.combine(start + timedelta(days=day), datetime.min.time(), zone)
        for day in range(days + 1)
    ]
    return np.array([int(local.astimezone(UTC).timestamp()) for local in starts], dtype=np.int64)


def _season_by_day(start: date, days: int) -> F64:
    dates = np.datetime64(start) + np.arange(days)
    months = dates.astype("datetime64[M]").astype(np.int64) % 12
    month_days = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    weekdays = (np.arange(days) + start.weekday()) % 7
    season: F64 = _smooth_months(months, month_days) * _WEEKDAYS[weekdays]
    for (month, day), factor in _FIXED_DAYS.items():
        season[(months == month - 1) & (month_days == day)] *= factor
    # Demand falls once presents would arrive too late.
    season[(months == 11) & (month_days >= 19) & (month_days <= 23)] *= 0.8
    for year in range(start.year, start.year + days // 365 + 2):
        for offset, factor in _FROM_THANKSGIVING.items():
            index = (_thanksgiving(year) - start).days + offset
            if 0 <= index < days:
                season[index] *= factor
    return season


def _smooth_months(months: I64, month_days: I64) -> F64:
    """Month factors, interpolated between mid-months so that they have no steps."""
    place = months + (month_days - 15) / 30.4
    around = np.concatenate((_MONTHS[-1:], _MONTHS, _MONTHS[:1]))
    glided: F64 = np.interp(place, np.arange(-1, 13), around)
    # After the holidays, December's peak drops to January's level at once.
    glided[(months == 11) & (month_days > 15)] = _MONTHS[11]
    glided[(months == 0) & (month_days < 15)] = _MONTHS[0]
    return glided


def _thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


def _sale_days(start: date, days: int) -> Bool:
    sale = np.zeros(days, dtype=np.bool_)
    for year in range(start.year, start.year + days // 365 + 2):
        first, last = (timedelta(days=offset) for offset in _SALE_FROM_THANKSGIVING)
        spans = [(_thanksgiving(year) + first, _thanksgiving(year) + last)]
        spans += [(date(year, *begin), date(year, *until)) for begin, until in _SALE_MONTH_DAYS]
        for begin, until in spans:
            sale[max((begin - start).days, 0) : max((until - start).days + 1, 0)] = True
    return sale
