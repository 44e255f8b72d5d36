"""Predicted lifetime value: published figures, parameters found again, the way into the marts."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from conftest import Dbt
from ecommerce_analytics import clv
from ecommerce_analytics.clv import BgNbd, Floats, GammaGamma, Histories
from ecommerce_analytics.engines.duckdb import DuckDBEngine
from ecommerce_analytics.errors import EcomError

# Fader, Hardie and Lee (2005), CDNOW: the estimates, and customer 0001 of the cohort.
CDNOW = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
ONE = np.array([2.0]), np.array([30.43]), np.array([38.86])
# Fader and Hardie (2013), CDNOW: the estimates.
CDNOW_VALUE = GammaGamma(p=6.25, q=3.74, v=15.44)


def test_expected_orders_as_published() -> None:
    """A customer with 2 repeat orders, the last in week 30.43 of 38.86, is good for 1.226 in 39."""
    assert CDNOW.expected_orders(39, *ONE) == pytest.approx([1.226], abs=5e-4)


def test_probability_alive_by_its_formula() -> None:
    """1 over 1 + a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x); 1 without a repeat."""
    odds = 0.793 / (2.426 + 2 - 1) * ((4.414 + 38.86) / (4.414 + 30.43)) ** (0.243 + 2)
    assert CDNOW.probability_alive(*ONE) == pytest.approx([1 / (1 + odds)])
    nobody = np.array([0.0])
    assert CDNOW.probability_alive(nobody, nobody, np.array([38.86])) == pytest.approx([1.0])


def test_expected_value_by_its_formula() -> None:
    """Without an order the mean of all, p v / (q - 1); with many, the customer's own mean."""
    x, mean = np.array([0.0, 1.0, 1e9]), np.array([0.0, 50.0, 50.0])
    expected = [6.25 * 15.44 / 2.74, 6.25 * (15.44 + 50) / (6.25 + 2.74), 50.0]
    assert CDNOW_VALUE.expected_value(x, mean) == pytest.approx(expected)


def _draw(customers: int, seed: int) -> Histories:
    """Customers as the models say they are, observed for 52 to 104 weeks."""
    rng = np.random.default_rng(seed)
    r, alpha, a, b = 0.8, 6.0, 1.2, 3.0
    p, q, v = 4.0, 5.0, 60.0
    rates, leaves = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    weeks = rng.uniform(52, 104, customers)
    x, t_x = np.zeros(customers), np.zeros(customers)
    active = np.ones(customers, dtype=np.bool_)
    while active.any():
        following = t_x + rng.exponential(1 / rates)
        active &= following < weeks
        t_x, x = np.where(active, following, t_x), x + active
        active &= rng.random(customers) >= leaves
    scale = rng.gamma(q, 1 / v, customers)
    mean = rng.gamma(p * np.maximum(x, 1), 1 / scale) / np.maximum(x, 1)
    persons = tuple(map(str, range(customers)))
    return Histories(date(2025, 1, 1), persons, x, t_x, weeks, mean, np.zeros(customers))


def test_parameters_are_found_again() -> None:
    """Of customers drawn from the models, within three standard errors, which are not wide."""
    fitted = clv.fit(_draw(20_000, seed=7))
    for found, error, truth in (
        (fitted.orders, fitted.orders_errors, BgNbd(0.8, 6.0, 1.2, 3.0)),
        (fitted.value, fitted.value_errors, GammaGamma(4.0, 5.0, 60.0)),
    ):
        for name, value in vars(truth).items():
            distance, width = abs(getattr(found, name) - value), getattr(error, name)
            assert distance < 3 * width, (name, getattr(found, name), width)
            assert 0 < width < 0.3 * value, (name, width)


def test_histories_count_days_not_orders() -> None:
    """Repeat orders are days after the first; what lies after the as-of date is not seen."""
    day = date(2025, 1, 1)
    rows = [
        ("a", day, 10.0),
        ("a", day + timedelta(days=7), 20.0),
        ("a", day + timedelta(days=21), 40.0),
        ("b", day + timedelta(days=14), 5.0),
    ]
    histories = clv.summarise(rows, day + timedelta(days=14))
    assert histories.persons == ("a", "b")
    for values, expected in (
        (histories.x, [1, 0]),
        (histories.t_x, [1, 0]),
        (histories.T, [2, 0]),
        (histories.mean, [20, 0]),
        (histories.last_year, [2, 1]),
    ):
        assert values.tolist() == expected


def test_too_few_repeats() -> None:
    """A shop that has just opened is told to wait."""
    with pytest.raises(EcomError, match="a fit needs 30 at least"):
        clv.fit(clv.summarise([("a", date(2025, 1, 1), 1.0)], date(2025, 1, 2)))


@pytest.fixture(scope="module")
def figures(warehouse: Path, shop_dir: Path) -> str:
    """What `ecom fit-clv --write` writes of the default shop."""
    engine = DuckDBEngine(warehouse)
    rows, as_of = clv.read_histories(engine)
    histories = clv.summarise(rows, as_of)
    fitted = clv.fit(histories)
    truth = clv.compare_with_truth(engine, shop_dir, fitted, histories)
    return clv.figures(fitted, clv.hold_out(rows, as_of), truth)


def test_the_page_has_the_figures(figures: str) -> None:
    """docs/clv.md is up to date."""
    page = clv.PAGE.read_text(encoding="utf-8")
    assert page == clv.render(page, figures)


def test_a_year_unseen_is_predicted_better(warehouse: Path) -> None:
    """On the default shop the model beats both naive extrapolations, and hits the total better."""
    model, *naive = clv.hold_out(*clv.read_histories(DuckDBEngine(warehouse)))
    for other in naive:
        assert model.mean_error < 0.8 * other.mean_error
        assert model.squared_error < 0.8 * other.squared_error
        assert abs(model.predicted - model.actual) < abs(other.predicted - other.actual)


def test_predictions_reach_the_mart(small_shop_dir: Path, tmp_path: Path) -> None:
    """A fit is loaded, a build brings it into customer_analytics, equal to six decimals."""
    dbt = Dbt(tmp_path)
    dbt.load(small_shop_dir)
    untested = ("--exclude-resource-type", "test", "unit_test")
    dbt.succeed("build", "--select", "+customer_analytics", *untested)
    everybody = "select count(*), count(probability_alive) from marts.customer_analytics"
    assert dbt.query(everybody)[0][1] == 0
    rows, as_of = clv.read_histories(dbt.engine)
    histories = clv.summarise(rows, as_of)
    fitted = clv.fit(histories)
    clv.save(dbt.engine, fitted, histories)
    dbt.succeed("run", "--select", "stg_clv__parameters+", "stg_clv__predictions+")
    expected: list[Floats] = list(clv.predict(fitted, histories))
    found = dbt.query(
        "select probability_alive, expected_order_count_365d, expected_net_amount_365d, "
        "predicted_as_of_date from marts.customer_analytics where order_count > 0 "
        "order by person_id"
    )
    assert {row[3] for row in found} == {as_of}
    assert len(found) == len(histories.persons)
    for number, decimals in enumerate((6, 6, 2)):
        column = [float(row[number]) for row in found]
        assert column == pytest.approx(expected[number].tolist(), abs=0.51 * 10**-decimals)
