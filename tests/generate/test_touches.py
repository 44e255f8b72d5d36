"""Which touch gets the credit, case by case."""

import numpy as np
import pytest

from ecommerce_analytics.generate import touches as touches_module
from ecommerce_analytics.generate.arrays import DAY, NEVER
from ecommerce_analytics.generate.demand import Orders
from ecommerce_analytics.generate.touches import Touches, credit

ORDERED_AT = 50 * DAY


def credited(*touched: tuple[int, int, int]) -> int:
    """The credit of one order by person 1, given touches (person, instant, campaign)."""
    person, at, campaign = np.array(touched, dtype=np.int64).reshape(-1, 3).T
    nothing = np.zeros(len(at), dtype=np.int64)
    flags = np.ones(len(at), dtype=np.bool_)
    touches = Touches(
        person=person,
        at=at,
        channel=nothing,
        campaign=campaign,
        kind=nothing,
        known=flags,
        device=nothing.astype(np.uint64),
        idle=flags,
    )
    orders = Orders(
        person=np.array([1]),
        at=np.array([ORDERED_AT]),
        cause_campaign=np.array([NEVER]),
        cause_at=np.array([NEVER]),
        accounts=3,
        guests=0,
    )
    return int(credit(touches, orders, seed=0, chunk=0)[0])


@pytest.fixture(autouse=True)
def _nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touches_module, "CREDIT_LOST", 0.0)


def test_the_last_campaign_touch_gets_the_credit() -> None:
    """The last campaign touch gets the credit, despite earlier campaigns or other later touches."""
    assert credited((1, ORDERED_AT - 90, 4), (1, ORDERED_AT - 60, 7), (1, ORDERED_AT - 30, -1)) == 7


def test_touches_at_or_after_the_order_come_too_late() -> None:
    """A touch in the order's own second is too late."""
    assert credited((1, ORDERED_AT, 4), (1, ORDERED_AT + 1, 5)) == NEVER
    assert credited((1, ORDERED_AT - 1, 3), (1, ORDERED_AT, 4)) == 3


def test_touches_count_for_thirty_days() -> None:
    """A touch exactly thirty days before the order counts; a second earlier does not."""
    assert credited((1, ORDERED_AT - 30 * DAY, 4)) == 4
    assert credited((1, ORDERED_AT - 30 * DAY - 1, 4)) == NEVER


def test_other_peoples_touches_do_not_count() -> None:
    """Other people's touches do not count, before or after in the sort order."""
    assert credited((0, ORDERED_AT - 60, 4), (2, ORDERED_AT - 60, 5)) == NEVER


def test_no_touches_at_all() -> None:
    """An order without touches has no credit."""
    assert credited() == NEVER
