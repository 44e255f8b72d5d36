"""A future day: its campaigns, and what people will do."""

from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.demand import plan_day
from ecommerce_analytics.living.marketing import book_campaigns
from ecommerce_analytics.living.state import State


def plan(state: State, day: Day, first: int) -> None:
    """Plan `day`; `first` is the ordinal of the first day not yet simulated."""
    book_campaigns(state, day, first)
    plan_day(state, day, first)
