"""Predicted lifetime value: published figures, parameter recovery, and the path into the marts."""

from dataclasses import astuple, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from conftest import NO_TESTS, Dbt
from ecommerce_analytics import clv
from ecommerce_analytics.clv import BgNbd, Drawn, Floats, GammaGamma
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.errors import EcomError

# Fader, Hardie and Lee (2005), CDNOW: the estimates, and customer 0001 of the cohort.
CDNOW = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
ONE = np.array([2.0]), np.array([30.43]), np.array([38.86])
# Fader and Hardie (2013), CDNOW: the estimates.
CDNOW_VALUE = GammaGamma(p=6.25, q=3.74, v=15.44)


def test_expected_orders_as_published() -> None:
    """With 2 repeat orders, the last in week 30.43 of 38.86, 1.226 are expected in 39 weeks."""
    assert CDNOW.expected_orders(39, *ONE) == pytest.approx([1.226], abs=5e-4)


def test_probability_alive_by_its_formula() -> None:
    """1 over 1 + a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x); 1 without a repeat."""
    odds = 0.793 / (2.426 + 2 - 1) * ((4.414 + 38.86) / (4.414 + 30.43)) ** (0.243 + 2)
    assert CDNOW.probability_alive(*ONE) == pytest.approx([1 / (1 + odds)])
    nobody = np.array([0.0])
    assert CDNOW.probability_alive(nobody, nobody, np.array([38.86])) == pytest.approx([1.0])


def test_expected_value_as_published() -> None:
    """Expected order values of CDNOW customers 1, 2, 3, 6 and 9 match the `lifetimes` package.

    Its documentation shows the values at the same estimates before rounding.
    """
    x, mean = np.array([2.0, 1, 0, 7, 2]), np.array([22.35, 11.77, 0, 73.74, 25.55])
    published = [24.66, 18.91, 35.17, 71.46, 27.28]
    assert CDNOW_VALUE.expected_value(x, mean) == pytest.approx(published, rel=2e-3)


def test_expected_value_by_its_formula() -> None:
    """Without an order the value is the mean, p v / (q - 1); with many, the customer's own mean."""
    x, mean = np.array([0.0, 1.0, 1e9]), np.array([0.0, 50.0, 50.0])
    expected = [6.25 * 15.44 / 2.74, 6.25 * (15.44 + 50) / (6.25 + 2.74), 50.0]
    assert CDNOW_VALUE.expected_value(x, mean) == pytest.approx(expected)


def _write(drawn: Drawn, shop: Path, directory: Path) -> None:
    """Write them as customers of a shop with another shop's products, one unit per order."""
    count = len(drawn.weeks)
    customer = np.concatenate([np.arange(count), drawn.customer])
    weeks = np.concatenate([-drawn.weeks, drawn.week - drawn.weeks[drawn.customer]])
    seconds = (weeks * 7 * 86_400).astype("timedelta64[s]")
    moment = np.datetime64("2025-12-31T12:00:00") + seconds
    values = np.concatenate([np.full(count, 50.0), np.maximum(drawn.value, 0.01)])
    rows = pa.table({"customer_id": customer + 1, "ordered_at": moment, "value": values})
    directory.mkdir()
    with duckdb.connect() as connection:
        connection.register("drawn", rows)
        for name in ("customers", "orders", "order_items", "products", "campaigns"):
            connection.execute(f"create table {name} as from '{shop / name}.parquet'")
        for statement in _DRAWN_SHOP:
            connection.execute(statement)
        for name in ("customers", "orders", "order_items", "products", "campaigns"):
            path = directory / f"{name}.parquet"
            connection.execute(f"copy {name} to '{path}' (format parquet)")


_DRAWN_SHOP = (
    "create table numbered as select row_number() over () as order_id, * from drawn",
    "create table account as from customers limit 1",
    "create table sale as from order_items limit 1",
    "delete from customers",
    "delete from orders",
    "delete from order_items",
    "insert into customers select account.* replace (n as customer_id, null as email, "
    "timestamp '2017-01-01' as signed_up_at, false as is_test) from account, "
    "(select distinct customer_id as n from drawn)",
    "insert into orders by name select order_id, customer_id, 'delivered' as order_status, "
    "ordered_at, round(value, 2) as subtotal, 0 as discount_total, 0 as shipping_total, "
    "0 as tax_total, round(value, 2) as order_total, 'USD' as currency, false as is_test, "
    "ordered_at as updated_at from numbered",
    "insert into order_items select sale.* replace (n as order_item_id, n as order_id, "
    "1 as line_number, 1 as quantity, price as unit_price, 0 as discount, price as line_total, "
    "false as is_gift_card) from sale, "
    "(select order_id as n, round(value, 2) as price from numbered)",
)


def _assert_recovered(fitted: clv.Fit, within: float) -> None:
    """The estimates are within the given number of standard errors, which are narrow."""
    for found, error, truth in (
        (fitted.orders, fitted.orders_errors, clv.DRAWN_ORDERS),
        (fitted.value, fitted.value_errors, clv.DRAWN_VALUE),
    ):
        for name, value in vars(truth).items():
            distance, width = abs(getattr(found, name) - value), getattr(error, name)
            assert distance < within * width, (name, getattr(found, name), width)
            assert 0 < width < 0.3 * value, (name, width)


def test_parameters_are_found_again() -> None:
    """A fit recovers the parameters from many simulated customers."""
    _assert_recovered(clv.fit(Drawn.of(20_000, seed=7).histories), within=2)


def test_a_shops_parameters_are_found_again(small_shop_dir: Path, tmp_path: Path) -> None:
    """A fit recovers the parameters from a loaded and built shop of simulated customers."""
    _write(Drawn.of(6_000, seed=3), small_shop_dir, tmp_path / "shop")
    dbt = Dbt(tmp_path)
    dbt.load(tmp_path / "shop")
    dbt.succeed("build", "--select", "+fact_orders", "+int_shop__date_bounds", *NO_TESTS)
    rows, as_of = clv.read_histories(dbt.engine)
    _assert_recovered(clv.fit(clv.summarise(rows, as_of)), within=2)


def test_customers_who_do_not_differ() -> None:
    """Without differences q and v are unbounded; the order of customers does not matter."""
    rng, known = np.random.default_rng(1), Drawn.of(5_000, seed=5).histories
    alike = replace(
        known, mean=rng.gamma(1.5 * np.maximum(known.x, 1), 96 / np.maximum(known.x, 1))
    )
    shuffled = rng.permutation(len(known.x))
    arrays = {name: getattr(alike, name)[shuffled] for name in ("x", "t_x", "T", "mean")}
    first, second = clv.fit(alike), clv.fit(replace(alike, **arrays))
    assert astuple(second.value) == pytest.approx(astuple(first.value), rel=1e-4)
    assert (first.value_errors.q, first.value_errors.v) == (np.inf, np.inf)
    assert abs(first.value.p - 1.5) < 2 * first.value_errors.p


def test_histories_count_days_not_orders() -> None:
    """Repeat orders are distinct days after the first; orders after the as-of date are ignored."""
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
    """A new shop gets a message to wait."""
    with pytest.raises(EcomError, match="a fit needs 30 at least"):
        clv.fit(clv.summarise([("a", date(2025, 1, 1), 1.0)], date(2025, 1, 2)))


@pytest.mark.parametrize("days", [0, 100, 400])
def test_a_check_says_how_much_history_it_needs(days: int) -> None:
    """A check needs a year of orders, and enough orders before the last year."""
    as_of = date(2025, 12, 31)
    placed = [as_of - timedelta(days=age) for age in (days, 0)]
    rows = [(f"{person:02}", day, 10.0) for person in range(40) for day in placed]
    with pytest.raises(EcomError) as caught:
        clv.hold_out(rows, as_of)
    assert str(caught.value) == (
        "a check predicts the last 365 days from the orders before them, and needs 30 persons who "
        f"had ordered on a second day by 2024-12-31; the first order is of {placed[0]}, so wait "
        "for more history or fit without --check"
    )


@pytest.fixture(scope="module")
def figures(warehouse: Path, shop_dir: Path) -> str:
    """The output of `ecom fit-clv --write` for the default shop."""
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
    """On the default shop the model beats both naive extrapolations in a held-out year."""
    model, *naive = clv.hold_out(*clv.read_histories(DuckDBEngine(warehouse)))
    for other in naive:
        assert model.mean_error < 0.8 * other.mean_error
        assert model.squared_error < 0.8 * other.squared_error
        assert abs(model.predicted - model.actual) < abs(other.predicted - other.actual)


def test_predictions_reach_the_mart(small_shop_dir: Path, tmp_path: Path) -> None:
    """A fit is loaded and built into customer_analytics, equal to six decimals."""
    dbt = Dbt(tmp_path)
    dbt.load(small_shop_dir)
    dbt.succeed("build", "--select", "+customer_analytics", *NO_TESTS)
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
