"""A handful of changes of the project's own models, drawn by a seed, is noticed by `dbt build`.

`make mutants` draws twenty of each model and writes docs/mutants.md.
"""

from pathlib import Path
from typing import Final

import pytest

from conftest import Dbt
from mutants.judge import NOTICED, SURVIVED
from mutants.prepare import Built
from mutants.project import read
from mutants.run import Draw, run

_SEED: Final = 20
# Of each layer that computes, models that others depend on or people read.
_MODELS: Final = frozenset(
    {
        "category_customers_monthly",
        "category_sales_monthly",
        "customer_analytics",
        "dim_customers",
        "fact_order_items",
        "fact_orders",
        "fact_refunds",
        "int_campaigns__transitions",
        "int_orders__daily_agg",
        "int_orders__journeys",
        "int_orders__sequence",
        "orders_monthly",
    }
)
# The share of the drawn changes that must be noticed.
_FLOOR: Final = 0.7


def test_drawn_changes_are_noticed(
    small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Without a change all tests pass; with one, most are noticed."""
    dbt = Dbt(tmp_path_factory.mktemp("mutants"))
    dbt.load(small_shop_dir)
    dbt.succeed("build", "--full-refresh")
    first = Built(dbt.warehouse, read(dbt.target))
    draw = Draw(_SEED, per_model=2, models=_MODELS)
    live = [
        outcome
        for outcome in run(first, None, draw, processes=1, tell=print)
        if outcome.outcome in (NOTICED, SURVIVED)
    ]
    survivors = [outcome for outcome in live if outcome.outcome == SURVIVED]
    assert {outcome.model for outcome in live} == _MODELS
    assert len(survivors) <= (1 - _FLOOR) * len(live), survivors
