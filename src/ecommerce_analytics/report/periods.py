"""The periods of the report's filter: spans of whole months."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ecommerce_analytics.report.model import ALL, Filter, Option

FILTER: Final = "period"
_YEAR: Final = 12
# Older years are only in "all time", to limit the page's size.
_MOST_YEARS: Final = 8
_RECENT: Final = ((12, "Last 12 months"), (3, "Last 3 months"), (1, "Last month"))


@dataclass(frozen=True)
class Month:
    """A month of the shop's history."""

    first_day: date
    is_complete: bool


@dataclass(frozen=True)
class Period:
    """A span of months, with the months to compare it with.

    Attributes:
        key: Its name in the data.
        label: Its name on the page.
        months: The first days of its months, in order; empty in a shop without orders.
        before: The same number of months before; empty if the history is too short.
        year_before: The same months a year before; empty if the history is too short.
    """

    key: str
    label: str
    months: tuple[date, ...]
    before: tuple[date, ...] = ()
    year_before: tuple[date, ...] = ()

    @property
    def spans(self) -> Mapping[str, tuple[date, ...]]:
        """Its months and those it is compared with, by name."""
        spans = {"": self.months, ":before": self.before, ":year": self.year_before}
        return {f"{self.key}{suffix}": months for suffix, months in spans.items() if months}


def month_after(month: date, count: int = 1) -> date:
    """The first day of the month `count` months later; earlier if negative."""
    years, index = divmod(month.year * _YEAR + month.month - 1 + count, _YEAR)
    return date(years, index + 1, 1)


def periods_of(history: Sequence[Month]) -> tuple[Period, ...]:
    """The periods of a history, all of it first.

    Args:
        history: Every month from the first order on, in order.

    Returns:
        All time; the last twelve, three and one complete months, if there are more than that; the
        latest calendar years. A shop without a complete month has only all time.
    """
    months = tuple(month.first_day for month in history)
    complete = tuple(month.first_day for month in history if month.is_complete)
    found = [Period(ALL, "All time", months)]
    known = set(complete)
    for count, label in _RECENT:
        if len(complete) > count:
            found.append(_period(f"last{count}", label, complete[-count:], known))
    years = sorted({month.year for month in months}, reverse=True)
    for year in years[:_MOST_YEARS] if len(years) > 1 else []:
        chosen = tuple(month for month in months if month.year == year)
        found.append(_period(f"y{year}", _year_label(year, chosen), chosen, known))
    return tuple(found)


def period_filter(periods: Sequence[Period], label: str = "Period") -> Filter:
    """The filter for the periods; the default is the last twelve months if available."""
    keys = [period.key for period in periods]
    default = next((key for key in keys if key == f"last{_YEAR}"), ALL)
    return Filter(FILTER, label, tuple(_option(period) for period in periods), default)


def spans_sql(spans: Mapping[str, Sequence[date]]) -> str:
    """A subquery of spans of months: span, first_day, after_day.

    Args:
        spans: Consecutive months by name; at least one entry.

    Returns:
        SQL, without parentheses.
    """
    return "\nunion all\n".join(
        f"select '{name}' as span, cast('{months[0]}' as date) as first_day, "
        f"cast('{month_after(months[-1])}' as date) as after_day"
        for name, months in spans.items()
    )


def _period(key: str, label: str, months: tuple[date, ...], known: set[date]) -> Period:
    return Period(
        key,
        label,
        months,
        before=_shifted(months, -len(months), known),
        year_before=_shifted(months, -_YEAR, known) if len(months) < _YEAR else (),
    )


def _shifted(months: Iterable[date], by: int, known: set[date]) -> tuple[date, ...]:
    """The months shifted; empty if one of them, or of the originals, is not complete."""
    months = tuple(months)
    shifted = tuple(month_after(month, by) for month in months)
    return shifted if known.issuperset((*months, *shifted)) else ()


def _year_label(year: int, months: tuple[date, ...]) -> str:
    if len(months) == _YEAR:
        return str(year)
    first, last = f"{months[0]:%b}", f"{months[-1]:%b}"
    return f"{year} ({first})" if first == last else f"{year} ({first} to {last})"


def _option(period: Period) -> Option:
    if not period.months:
        return Option(period.key, period.label)
    return Option(period.key, period.label, period.months[0], month_after(period.months[-1]))
