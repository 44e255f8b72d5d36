"""The parts of a report page: filters, and panels of rows that follow the filters.

A panel has one aggregated row per choice of its filters. The page only picks rows, so every number
on it is a number of the warehouse.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

# How a value is shown: money in whole cents, amounts in units of money, shares from 0 to 1; `name`
# for codes with a name for readers, `country` for ISO 3166 codes.
Kind = Literal[
    "money",
    "amount",
    "count",
    "number",
    "share",
    "change",
    "points",
    "days",
    "date",
    "month",
    "text",
    "time",
    "name",
    "country",
]
# Names for readers of codes in the marts; other codes are only capitalised.
NAMES: Final[Mapping[str, str]] = {
    "vip": "VIP",
    "at-risk": "At risk",
    "email": "E-mail",
    "(none)": "Unattributed",
    "(no channel)": "No channel",
    "(unmapped)": "Other channels",
    "(other)": "Other",
    "(unknown)": "Unknown",
}
# How a column follows the filter named in `filter`:
# exact: the row's value is the chosen option, "all" included;
# within: the row's value is the chosen option, or the choice is "all";
# clip: the row's date is in the chosen period;
# mark: every row is shown, those in the chosen period are highlighted.
Obey = Literal["exact", "within", "clip", "mark"]

ALL: Final = "all"
_DECIMALS: Final = 6
_CENTS: Final = 100

Value = str | int | float | bool | Decimal | date | datetime | None
Cells = Sequence[Value]


@dataclass(frozen=True)
class Column:
    """A column of a panel.

    Attributes:
        key: Its name in the data, and in a downloaded file.
        label: Its heading.
        kind: How its values are shown.
        filter: The filter that it follows, if any.
        obey: How it follows the filter.
        shown: Whether the table shows it.
        hint: The tooltip of its heading.
    """

    key: str
    label: str
    kind: Kind = "text"
    filter: str = ""
    obey: Obey = "exact"
    shown: bool = True
    hint: str = ""


@dataclass(frozen=True)
class Panel:
    """A figure of a page: one table, and usually a chart of it.

    Attributes:
        key: Its anchor on the page.
        title: Its heading.
        note: What is shown, in one or two sentences: definition, unit, exclusions.
        columns: The columns of its rows.
        rows: The rows, for every choice of the filters.
        chart: The kind of chart, as named in `charts.js`; empty for only a table.
        options: Settings of the chart, such as its axes; `nothing` is the text without rows.
        width: Columns of the page's grid of 12.
        shown_rows: Number of rows shown before "Show all".
    """

    key: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: Sequence[Cells]
    chart: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    width: int = 6
    shown_rows: int = 12


@dataclass(frozen=True)
class Option:
    """A choice of a filter; a period has its first day and the day after its last."""

    key: str
    label: str
    first_day: date | None = None
    after_day: date | None = None


@dataclass(frozen=True)
class Filter:
    """A filter of a page; `default` is selected first."""

    key: str
    label: str
    options: tuple[Option, ...]
    default: str = ALL


@dataclass(frozen=True)
class Page:
    """A page of the report."""

    key: str
    title: str
    lead: str
    filters: tuple[Filter, ...]
    panels: tuple[Panel, ...]


def as_json(page: Page) -> dict[str, Any]:
    """The page as its script reads it.

    Args:
        page: The page.

    Returns:
        Plain lists and dictionaries. Money is in whole cents, so nothing is rounded.
    """
    return {
        "filters": [
            {
                "key": chosen.key,
                "label": chosen.label,
                "default": chosen.default,
                "options": [_option(option) for option in chosen.options],
            }
            for chosen in page.filters
        ],
        "panels": [_panel(panel) for panel in page.panels],
    }


def _option(option: Option) -> dict[str, Any]:
    made: dict[str, Any] = {"key": option.key, "label": option.label}
    if option.first_day and option.after_day:
        made |= {"first": option.first_day.isoformat(), "after": option.after_day.isoformat()}
    return made


def _panel(panel: Panel) -> dict[str, Any]:
    kinds = [column.kind for column in panel.columns]
    return {
        "key": panel.key,
        "title": panel.title,
        "note": panel.note,
        "chart": panel.chart,
        "options": dict(panel.options),
        "width": panel.width,
        "shownRows": panel.shown_rows,
        "columns": [_column(column) for column in panel.columns],
        "rows": [
            [_cell(value, kind) for value, kind in zip(row, kinds, strict=True)]
            for row in panel.rows
        ],
    }


def _column(column: Column) -> dict[str, Any]:
    made: dict[str, Any] = {"key": column.key, "label": column.label, "kind": column.kind}
    if column.filter:
        made |= {"filter": column.filter, "obey": column.obey}
    if not column.shown:
        made["shown"] = False
    if column.hint:
        made["hint"] = column.hint
    return made


def _cell(value: Value, kind: Kind) -> str | int | float | bool | None:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if kind == "money" and value is not None:
        return cents(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return round(value, _DECIMALS) if isinstance(value, float) else value


def cents(value: Value) -> int:
    """Money as whole cents.

    Raises:
        TypeError: The number is not exact.
    """
    if not isinstance(value, Decimal | int):
        raise TypeError(f"money is exact, but this is {value!r}")
    return int(value * _CENTS)


def ratio(numerator: Decimal | int, denominator: Decimal | int) -> float | None:
    """A division like the project's `ratio` macro: of doubles, null on zero."""
    return float(numerator) / float(denominator) if denominator else None


def growth(value: Decimal | int, base: Decimal | int) -> float | None:
    """The change from a base, like the `growth` macro: null if the base is not above 0.

    Returns:
        0.1 for a tenth more.
    """
    return float(value) / float(base) - 1 if base > 0 else None


def total(values: Iterable[Decimal]) -> Decimal:
    """The exact sum; 0 without values."""
    return sum(values, Decimal(0))


def name_of(code: str) -> str:
    """The name of a code for readers; without one, the code with a capital."""
    return NAMES.get(code, code[:1].upper() + code[1:])
