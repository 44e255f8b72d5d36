"""Local days, hours and seasons, against the time zone database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ecommerce_analytics.generate.arrays import Choices, segment_sums
from ecommerce_analytics.generate.shop_calendar import ShopCalendar


@pytest.mark.parametrize("name", ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "UTC"])
def test_days_follow_the_zone_through_daylight_saving(name: str) -> None:
    """Days follow the zone through daylight saving."""
    zone = ZoneInfo(name)
    calendar = ShopCalendar.of(date(2024, 1, 1), date(2024, 12, 31), name)
    instants = np.arange(0, calendar.end, 1_801)
    local = [
        datetime.fromtimestamp(calendar.origin + int(instant), UTC).astimezone(zone).date()
        for instant in instants
    ]
    assert calendar.dates(calendar.day_of(instants)).astype(object).tolist() == local


def test_demand_follows_local_hours_on_both_sides_of_daylight_saving() -> None:
    """Demand follows local hours on both sides of daylight saving."""
    calendar = ShopCalendar.of(date(2024, 1, 1), date(2024, 12, 31), "America/New_York")
    zone = ZoneInfo("America/New_York")
    for day in (date(2024, 2, 6), date(2024, 8, 6), date(2024, 3, 10), date(2024, 11, 3)):
        start = calendar.midnights[calendar.day_index(day)] // 1_800
        stop = calendar.midnights[calendar.day_index(day) + 1] // 1_800
        slots = np.arange(start, stop)
        quietest = int(slots[np.argmin(calendar.season[start:stop])]) * 1_800 + calendar.origin
        assert datetime.fromtimestamp(quietest, zone).hour in (3, 4)


def test_season_has_black_friday_december_and_a_summer_dip() -> None:
    """The season has Black Friday, a strong year end and a summer dip."""
    calendar = ShopCalendar.of(date(2023, 1, 1), date(2025, 12, 31), "America/New_York")
    daily = np.diff(calendar.demand.at(calendar.midnights))
    for year, friday in ((2023, 24), (2024, 29), (2025, 28)):
        days = slice(
            calendar.day_index(date(year, 1, 1)), calendar.day_index(date(year, 12, 31)) + 1
        )
        peak = calendar.first_day + timedelta(days=int(np.argmax(daily[days])) + days.start)
        assert peak == date(year, 11, friday)
    months = np.bincount(calendar.months, weights=daily) / np.bincount(calendar.months)
    assert set(np.argsort(months)[-2:].tolist()) == {10, 11}
    assert np.argmin(months[1:]) + 1 == 6
    assert calendar.sale_days[calendar.day_index(date(2024, 11, 29))]


def test_the_clock_and_its_inverse_agree() -> None:
    """The clock and its inverse are consistent."""
    calendar = ShopCalendar.of(date(2024, 1, 1), date(2024, 12, 31), "America/New_York")
    instants = np.arange(0, calendar.end, 977)
    back = calendar.demand.when(calendar.demand.at(instants))
    assert np.abs(back - instants).max() <= 1
    assert calendar.demand.total == pytest.approx(366)


def test_choices_draw_in_proportion_and_never_the_impossible() -> None:
    """Choices are drawn in proportion, and impossible ones never."""
    choices = Choices.of([[0, 1, 3, 0], [5, 0, 0, 5]])
    uniform = np.concatenate((np.linspace(0, 1, 4_000, endpoint=False), [np.nextafter(1, 0)]))
    first = np.bincount(choices.draw(uniform, np.zeros(4_001, dtype=np.int64)), minlength=4)
    second = np.bincount(choices.draw(uniform, np.ones(4_001, dtype=np.int64)), minlength=4)
    assert first.tolist() == [0, 1_000, 3_001, 0]
    assert second.tolist() == [2_000, 0, 0, 2_001]


def test_segment_sums_know_empty_segments() -> None:
    """Segment sums handle empty segments."""
    values, counts = np.array([1, 2, 3, 4]), np.array([0, 1, 3, 0])
    starts = np.cumsum(counts) - counts
    assert segment_sums(values, starts, counts).tolist() == [0, 1, 9, 0]
