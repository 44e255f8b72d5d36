"""A day that is to come: its campaigns, and what people are going to do."""

from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.demand import plan_day
from ecommerce_analytics.living.marketing import book_campaigns
from ecommerce_analytics.living.state import State


def plan(state: State, day: Day, first: int) -> None:
    """Plan `day`; `first` is the ordinal of the first day that is still to come."""
    book_campaigns(state, day, first)
    plan_day(state, day, first)
