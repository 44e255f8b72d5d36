"""Simulates a shop: day after day following its generated history, each a batch of changes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate.progress import Progress, shown
from ecommerce_analytics.generate.spec import LAST_YEAR
from ecommerce_analytics.living.batch import write_batch
from ecommerce_analytics.living.catalogue import change_catalogue
from ecommerce_analytics.living.corrections import correct_orders
from ecommerce_analytics.living.customers import change_customers
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.demand import HORIZON
from ecommerce_analytics.living.erasures import erase
from ecommerce_analytics.living.marketing import change_campaigns, spend
from ecommerce_analytics.living.orders import place_orders
from ecommerce_analytics.living.planning import plan
from ecommerce_analytics.living.shelves import read_assortment
from ecommerce_analytics.living.state import DAYS, State, opened_state
from ecommerce_analytics.living.steps import forget, refund, step, touch
from ecommerce_analytics.living.stock import count_stock

# A progress bar is useless for fewer days.
_LONG: Final = 4


def advance(shop: Path, days: int, *, progress: Progress | None = None) -> list[Path]:
    """Simulate a generated shop for some days.

    Each day is a batch of changes in `<shop>/days/<date>/`, in the layout of `ecom load --changes`,
    with the truth beside it. The files of `ecom generate` stay unchanged. The same shop gives the
    same bytes, whether its days are simulated one by one or at once. A run that is killed leaves no
    half-written day; the next one continues.

    Args:
        shop: The directory that `ecom generate` wrote.
        days: The number of days to add.
        progress: Called after each day; by default a bar on a terminal if there are many.

    Returns:
        The new batches' directories, in order.

    Raises:
        EcomError: The directory holds no generated shop, or another run is at work on it.
    """
    if days < 1:
        raise EcomError(f"a shop can go on by 1 day or more, not by {days}")
    with opened_state(shop) as state:
        there = existing_days(shop)
        last = state.last_day
        target = max([last, *there]) + timedelta(days=days)
        if target.year > LAST_YEAR:
            raise EcomError(f"the shop would live until {target}; it ends with {LAST_YEAR}")
        made = []
        total = (target - last).days
        with shown(progress, total, "Living the days", _LONG) as tell:
            for done in range(1, total + 1):
                day = Day.of(last + timedelta(days=done), state.timezone)
                made.append(_live(state, shop, day))
                state.settle()
                tell(done, total)
    return made[-days:]


def existing_days(shop: Path) -> list[date]:
    """The days whose batches are complete, in order."""
    folders = (path for path in (shop / DAYS).glob("????-??-??") if path.is_dir())
    return sorted(date.fromisoformat(path.name) for path in folders)


def _live(state: State, shop: Path, day: Day) -> Path:
    """Simulate one day, and write its batch before the commit: see `write_batch`."""
    with state.transaction():
        plan(state, Day.of(day.date + timedelta(days=HORIZON), state.timezone), day.ordinal)
        touch(state, day)
        change_catalogue(state, day)
        assortment = read_assortment(state, day)
        count_stock(state, day, assortment)
        place_orders(state, day, assortment)
        step(state, day)
        refund(state, day)
        correct_orders(state, day)
        change_customers(state, day)
        change_campaigns(state, day)
        spend(state, day)
        erase(state, day)
        folder = write_batch(state, shop, day)
        forget(state, day)
        state.note("last_day", day.date)
    return folder
