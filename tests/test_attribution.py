"""Markov and Shapley attribution by definition: on hand-worked paths, on the default shop."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from math import factorial
from pathlib import Path

import numpy as np
import pytest

from ecommerce_analytics.attribution_score import PAGE, compare, rank_correlation, render
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.errors import EcomError
from independent import markov
from independent.compare import query
from independent.figures import (
    Independent,
    Member,
    allocate,
    figures_of,
    first_visits,
    member_of,
)
from independent.markov import CONVERSION, LOST
from independent.markov import Path as Journey

# Two of these four convert. Removal effects by hand: without a, only b converts (1 of 2 is lost
# with the path a > b): see the test.
JOURNEYS: Sequence[Journey] = (
    (["a", "b"], CONVERSION),
    (["b"], CONVERSION),
    (["a"], LOST),
    (["b"], LOST),
)


@pytest.fixture(scope="module")
def expected(shop_dir: Path) -> Independent:
    """The figures computed from the files."""
    return figures_of(shop_dir)


def test_removal_effects_by_hand() -> None:
    """Removal effects match a calculation by hand.

    Paths start at a or b equally; a leads to b or is lost; b converts in two of three visits.
    """
    effects = markov.removal_effects(markov.transitions(JOURNEYS))
    # All: 1/2 (1/2 x 2/3) + 1/2 x 2/3 = 1/2. Without a: 1/2 x 2/3 = 1/3. Without b: 0.
    assert effects == pytest.approx({"a": 1 / 3, "b": 1.0})


def test_the_chain_converts_as_observed() -> None:
    """A first-order chain from the start converts as often as its paths."""
    steps = markov.transitions(JOURNEYS)
    assert markov.conversion_rate(steps, ["a", "b"]) == pytest.approx(2 / 4)


def test_a_repeat_changes_nothing() -> None:
    """A campaign that follows itself is the same visit, so no removal effect changes."""
    repeated = [([m for m in path for _ in range(3)], end) for path, end in JOURNEYS]
    effects = markov.removal_effects(markov.transitions(JOURNEYS))
    assert markov.removal_effects(markov.transitions(repeated)) == pytest.approx(effects)


def test_removal_effects_of_the_shop(warehouse: Path, expected: Independent) -> None:
    """The matrix powers in SQL match one linear system per campaign."""
    check_removal_effects(warehouse, expected)


def check_removal_effects(warehouse: Path, expected: Independent) -> None:
    """Check the rows of int_campaigns__removal_effects."""
    steps = markov.transitions(list(markov.paths(expected)))
    rows = query(
        warehouse,
        "select coalesce(cast(campaign_id as varchar), channel), removal_effect, visit_count, "
        "start_count from intermediate.int_campaigns__removal_effects "
        "join marts.dim_campaigns using (campaign_key)",
    )
    effects = {str(member): effect for member, effect in markov.removal_effects(steps).items()}
    assert {name: effect for name, effect, *_ in rows} == pytest.approx(effects, abs=2e-6)
    starts = {str(to): n for (state, to), n in steps.items() if state == markov.START}
    assert {name: n for name, _, _, n in rows if n} == starts
    visits: Counter[str] = Counter()
    for (state, following), count in steps.items():
        visits[str(following)] += count * (state != following)
    assert {name: n for name, _, n, _ in rows} == {name: visits[name] for name in effects}


# Revenue by the set of campaigns that touched an order.
GAME: Mapping[frozenset[Member], int] = {
    frozenset("a"): 600,
    frozenset("ab"): 1200,
    frozenset("cd"): 400,
    frozenset("abc"): 900,
}


def _worth(coalition: frozenset[Member]) -> int:
    """The revenue of a set of campaigns: the orders that only they touched."""
    return sum(revenue for members, revenue in GAME.items() if members <= coalition)


def _shapley(player: Member) -> float:
    """Shapley (1953): the mean gain from joining, over all orders of joining."""
    others = sorted(frozenset().union(*GAME) - {player}, key=str)
    n = len(others) + 1
    return sum(
        factorial(size)
        * factorial(n - 1 - size)
        / factorial(n)
        * (_worth(frozenset(team) | {player}) - _worth(frozenset(team)))
        for size in range(n)
        for team in combinations(others, size)
    )


def _credited(player: Member) -> int:
    """The credit by the model's rule: equal parts to the campaigns of an order."""
    return sum(
        allocate(revenue, first_visits(sorted(members, key=str), {}))[
            sorted(members, key=str).index(player)
        ]
        for members, revenue in GAME.items()
        if player in members
    )


def test_equal_parts_are_the_shapley_value() -> None:
    """Equal parts are the Shapley value of the game: efficient and symmetric."""
    players = sorted(frozenset().union(*GAME), key=str)
    credit = {player: _credited(player) for player in players}
    assert credit == pytest.approx({player: _shapley(player) for player in players})
    assert sum(credit.values()) == sum(GAME.values())
    # c and d differ only by an order that d did not touch.
    assert credit["c"] - credit["d"] == 300


def test_campaigns_alike_are_credited_alike(warehouse: Path, expected: Independent) -> None:
    """Within an order, the campaigns' Shapley credits differ only by odd cents."""
    touched = {order: {member_of(t) for t in j} for order, j in expected.journeys.items()}
    rows = query(
        warehouse,
        "select order_id, list(shapley_revenue) from marts.attribution_touches "
        "where shapley_credit > 0 and touch_position > 0 group by order_id",
    )
    assert {order: len(parts) for order, parts in rows} == {
        order: len(members) for order, members in touched.items() if members
    }
    for _, parts in rows:
        assert all(abs(x - y) * 100 <= len(parts) for x, y in pairwise(sorted(parts)))


def test_the_page_has_the_scores(warehouse: Path, shop_dir: Path) -> None:
    """docs/attribution.md matches `ecom score-attribution --write` for the default shop."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == render(page, compare(DuckDBEngine(warehouse), shop_dir))


def test_rank_correlation() -> None:
    """Ties get the mean of their ranks: 1, 2.5, 2.5, 4 against 1, 2, 3, 4."""
    left, right = np.array([3.0, 5, 5, 9]), np.array([0.0, 1, 2, 3])
    by_hand = np.corrcoef([1, 2.5, 2.5, 4], [1, 2, 3, 4])[0, 1]
    assert rank_correlation(left, right) == pytest.approx(by_hand)
    assert rank_correlation(left, -left) == pytest.approx(-1)


def test_a_shop_without_truth(warehouse: Path, tmp_path: Path) -> None:
    """A real shop without recorded truth raises an error."""
    with pytest.raises(EcomError, match="only a generated shop knows its truth"):
        compare(DuckDBEngine(warehouse), tmp_path)
