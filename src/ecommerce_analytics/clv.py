"""Predicted lifetime value: who is still a customer, how often they will order, for how much.

Orders follow the BG/NBD model: Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way:
An Alternative to the Pareto/NBD Model", Marketing Science 24(2). A customer orders at a constant
rate, gamma distributed over customers (r, alpha), and may leave after each order, with a
probability that is beta distributed (a, b). Order values follow the Gamma-Gamma model: Fader and
Hardie (2013), "The Gamma-Gamma Model of Monetary Value" (p, q, v).

Here x is the number of repeat orders (days with an order after the first), t_x the weeks from the
first to the last of them, T the weeks from the first to the as-of date.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, gammaln, hyp2f1

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import CLV_SOURCES_YAML, ROOT
from ecommerce_analytics.private import scratch

Floats = npt.NDArray[np.float64]

PAGE: Final = ROOT / "docs" / "clv.md"
BEGIN: Final = "<!-- generated: figures -->"
END: Final = "<!-- end -->"

DAYS_A_WEEK: Final = 7
FEWEST_REPEATS: Final = 30
PARAMETERS: Final = ("r", "alpha", "a", "b", "p", "q", "v")
_LIMIT: Final = 8.0
_DRAWN_CUSTOMERS: Final = 20_000
_DRAWN_SEED: Final = 7
_HISTORY: Final = """
select person_id, order_date, sum(net_amount)
from marts.fact_orders
where is_valid
group by person_id, order_date
order by person_id, order_date
"""
_AS_OF: Final = "select as_of_date from intermediate.int_shop__date_bounds"


@dataclass(frozen=True)
class BgNbd:
    """The parameters of the BG/NBD model, time in weeks."""

    r: float
    alpha: float
    a: float
    b: float

    def probability_alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:  # noqa: N803
        """The probability that a customer has not left, shape as `x`."""
        return np.asarray(expit(-self._log_odds_gone(x, t_x, T)))

    def expected_orders(self, t: float, x: Floats, t_x: Floats, T: Floats) -> Floats:  # noqa: N803
        """Expected orders in the next `t` weeks: equation (10) of the paper, shape as `x`."""
        alpha, a = self.alpha, self.a
        series = hyp2f1(self.r + x, self.b + x, a + self.b + x - 1, t / (alpha + T + t))
        kept = ((alpha + T) / (alpha + T + t)) ** (self.r + x)
        return np.asarray(
            (a + self.b + x - 1) / (a - 1) * (1 - kept * series) * self.probability_alive(x, t_x, T)
        )

    def log_likelihood(self, x: Floats, t_x: Floats, T: Floats) -> float:  # noqa: N803
        """The log-likelihood of the customers' histories."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        orders = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
        stays = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        gone = np.logaddexp(0, self._log_odds_gone(x, t_x, T))
        return float(np.sum(orders + stays + gone))

    def _log_odds_gone(self, x: Floats, t_x: Floats, T: Floats) -> Floats:  # noqa: N803
        """Log odds of having left after the last order; -inf without a repeat order."""
        again = np.maximum(x, 1)
        odds = (
            np.log(self.a)
            - np.log(self.b + again - 1)
            + (self.r + x) * (np.log(self.alpha + T) - np.log(self.alpha + t_x))
        )
        return np.where(x > 0, odds, -np.inf)


@dataclass(frozen=True)
class GammaGamma:
    """The parameters of the Gamma-Gamma model."""

    p: float
    q: float
    v: float

    def expected_value(self, x: Floats, mean: Floats) -> Floats:
        """Expected value of an order, given the mean of `x` orders; the prior mean if x is 0."""
        known = np.where(x > 0, mean, 0.0)
        return np.asarray(self.p * (self.v + x * known) / (self.p * x + self.q - 1))

    def log_likelihood(self, x: Floats, mean: Floats) -> float:
        """The log-likelihood of the customers' mean order values; x and mean above 0."""
        p, q, v = self.p, self.q, self.v
        return float(
            np.sum(
                gammaln(p * x + q)
                - gammaln(p * x)
                - gammaln(q)
                + q * np.log(v)
                + (p * x - 1) * np.log(mean)
                + p * x * np.log(x)
                - (p * x + q) * np.log(v + x * mean)
            )
        )


@dataclass(frozen=True)
class Histories:
    """Each person's history up to a day; every array has shape (persons,).

    Attributes:
        as_of: The last day known.
        persons: The persons' ids.
        x: Repeat orders: days with an order after the first.
        t_x: Weeks from the first order to the last.
        T: Weeks from the first order to `as_of`.
        mean: Mean net sales of the repeat orders, 0 without one.
        last_year: Orders, the first included, in the 365 days up to `as_of`.
    """

    as_of: date
    persons: tuple[str, ...]
    x: Floats
    t_x: Floats
    T: Floats
    mean: Floats
    last_year: Floats


@dataclass(frozen=True)
class Fit:
    """Both models, fitted, with the standard errors of their parameters in the same order.

    An error is infinite if the parameter is unbounded, because customers do not differ.
    """

    orders: BgNbd
    orders_errors: BgNbd
    value: GammaGamma
    value_errors: GammaGamma


# Simulated customers to test the fit; rates are low, so that few order twice on a day.
DRAWN_ORDERS: Final = BgNbd(r=0.8, alpha=24.0, a=1.2, b=3.0)
DRAWN_VALUE: Final = GammaGamma(p=4.0, q=5.0, v=60.0)


@dataclass(frozen=True)
class Drawn:
    """Customers simulated from both models, and their orders after the first.

    Attributes:
        weeks: How long each customer is observed, shape (customers,).
        customer: Whose each order is, by place; shape (orders,), as are the others.
        week: When, in weeks since the customer's first order.
        value: What it is worth.
    """

    weeks: Floats
    customer: npt.NDArray[np.int64]
    week: Floats
    value: Floats

    @classmethod
    def of(cls, customers: int, seed: int) -> "Drawn":
        """Customers with the parameters above, observed for four to eight years."""
        rng = np.random.default_rng(seed)
        rates = rng.gamma(DRAWN_ORDERS.r, 1 / DRAWN_ORDERS.alpha, customers)
        leaves = rng.beta(DRAWN_ORDERS.a, DRAWN_ORDERS.b, customers)
        scale = rng.gamma(DRAWN_VALUE.q, 1 / DRAWN_VALUE.v, customers)
        weeks = rng.uniform(208, 416, customers)
        active, now, placed = np.arange(customers), np.zeros(customers), []
        while len(active):
            now[active] += rng.exponential(1 / rates[active])
            active = active[now[active] < weeks[active]]
            placed.append((active, now[active]))
            active = active[rng.random(len(active)) >= leaves[active]]
        customer, week = (np.concatenate(arrays) for arrays in zip(*placed, strict=True))
        return cls(weeks, customer, week, rng.gamma(DRAWN_VALUE.p, 1 / scale[customer]))

    @property
    def histories(self) -> Histories:
        """The customers' observable histories."""
        count = len(self.weeks)
        x = np.bincount(self.customer, minlength=count).astype(np.float64)
        total = np.bincount(self.customer, self.value, count)
        t_x = np.zeros(count)
        np.maximum.at(t_x, self.customer, self.week)
        persons = tuple(map(str, range(count)))
        mean = total / np.maximum(x, 1)
        return Histories(date.min, persons, x, t_x, self.weeks, mean, np.zeros(count))


def read_histories(engine: Engine) -> tuple[list[tuple[str, date, float]], date]:
    """The days with valid orders of each person, with their net sales, and the as-of date.

    Raises:
        EcomError: The warehouse is not built or has no orders.
    """
    rows = [(person, day, float(net)) for person, day, net in engine.rows(_HISTORY)]
    as_of = engine.rows(_AS_OF)[0][0]
    if not rows or as_of is None:
        raise EcomError(f"{engine.place} has no valid orders; there is nothing to fit")
    return rows, as_of


def summarise(rows: list[tuple[str, date, float]], as_of: date) -> Histories:
    """The histories up to a day; later orders are not seen.

    Args:
        rows: Person, day and net sales, sorted by person and day.
        as_of: The last day known.
    """
    known = [row for row in rows if row[1] <= as_of]
    names = np.array([person for person, _, _ in known])
    days = np.array([(day - as_of).days for _, day, _ in known], dtype=np.float64)
    net = np.array([value for _, _, value in known])
    persons, start, counts = np.unique(names, return_index=True, return_counts=True)
    last = start + counts - 1
    x = counts.astype(np.float64) - 1
    repeat_net = np.add.reduceat(net, start) - net[start]
    return Histories(
        as_of,
        tuple(persons.tolist()),
        x,
        (days[last] - days[start]) / DAYS_A_WEEK,
        -days[start] / DAYS_A_WEEK,
        repeat_net / np.maximum(x, 1),
        np.add.reduceat((days > -365).astype(np.float64), start),
    )


def fit(histories: Histories) -> Fit:
    """Fit both models by maximum likelihood.

    Raises:
        EcomError: Too few persons ordered again, or no maximum was found.
    """
    repeats = int(np.count_nonzero(histories.x))
    if repeats < FEWEST_REPEATS:
        raise EcomError(
            f"{repeats} persons have ordered on a second day; "
            f"a fit needs {FEWEST_REPEATS} at least, wait for more orders"
        )
    history = histories.x, histories.t_x, histories.T
    orders, orders_errors = _maximise(
        lambda values: BgNbd(*values).log_likelihood(*history),
        np.array([1.0, 10.0, 1.0, 3.0]),
        np.eye(4),
    )
    # A mean of 0 or less is all returned goods: it has no place under a gamma law.
    worth = (histories.x > 0) & (histories.mean > 0)
    x, mean = histories.x[worth], histories.mean[worth]
    value, value_errors = _maximise(
        lambda values: GammaGamma(*values).log_likelihood(x, mean),
        np.array([2.0, 3.0, float(mean.mean())]),
        # v in proportion to q: that settles the mean.
        np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, 1]]),
    )
    return Fit(BgNbd(*orders), BgNbd(*orders_errors), GammaGamma(*value), GammaGamma(*value_errors))


def predict(fitted: Fit, histories: Histories, days: int = 365) -> tuple[Floats, Floats, Floats]:
    """P(alive), and expected orders and net sales in so many days; each of shape (persons,)."""
    history = histories.x, histories.t_x, histories.T
    orders = fitted.orders.expected_orders(days / DAYS_A_WEEK, *history)
    mean = np.maximum(histories.mean, 0.0)
    return (
        fitted.orders.probability_alive(*history),
        orders,
        orders * fitted.value.expected_value(histories.x, mean),
    )


@dataclass(frozen=True)
class HoldOut:
    """The errors of a prediction of orders in a held-out period.

    Attributes:
        name: The prediction's name.
        predicted: Orders predicted for all persons.
        actual: Actual orders.
        mean_error: Mean of the absolute errors, in orders a person.
        squared_error: Root of the mean squared error, in orders a person.
    """

    name: str
    predicted: float
    actual: float
    mean_error: float
    squared_error: float


def hold_out(rows: list[tuple[str, date, float]], as_of: date, days: int = 365) -> list[HoldOut]:
    """Fit on all but the last days, predict them, and beside it two naive extrapolations.

    Raises:
        EcomError: The history before them is too short.
    """
    known_until = as_of - timedelta(days=days)
    counts = Counter(person for person, day, _ in rows if day <= known_until)
    if sum(count > 1 for count in counts.values()) < FEWEST_REPEATS:
        first = min(day for _, day, _ in rows)
        raise EcomError(
            f"a check predicts the last {days} days from the orders before them, and needs "
            f"{FEWEST_REPEATS} persons who had ordered on a second day by {known_until}; the first "
            f"order is of {first}, so wait for more history or fit without --check"
        )
    past = summarise(rows, known_until)
    place = {person: number for number, person in enumerate(past.persons)}
    actual = np.zeros(len(place))
    for person, day, _ in rows:
        if known_until < day <= as_of and person in place:
            actual[place[person]] += 1
    _, expected, _ = predict(fit(past), past, days)
    so_far = (past.x + 1) / np.maximum(past.T * DAYS_A_WEEK, 1) * days
    guesses = {
        "BG/NBD": expected,
        "as many as in the year before": past.last_year * days / 365,
        "the rate since the first order": np.minimum(so_far, days),
    }
    return [
        HoldOut(
            name,
            float(guess.sum()),
            float(actual.sum()),
            float(np.abs(guess - actual).mean()),
            float(np.sqrt(np.mean((guess - actual) ** 2))),
        )
        for name, guess in guesses.items()
    ]


def save(engine: Engine, fitted: Fit, histories: Histories) -> None:
    """Replace the parameters and predictions in the warehouse.

    Raises:
        EcomError: The warehouse cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    alive, orders, net = predict(fitted, histories)
    count = len(histories.persons)
    rows: dict[str, list[Sequence[Any]]] = {
        "clv_parameters": [
            [histories.as_of],
            [count],
            *([_decimal(value, 6)] for value in (*astuple(fitted.orders), *astuple(fitted.value))),
        ],
        "clv_predictions": [
            histories.persons,
            [histories.as_of] * count,
            [_decimal(value, 6) for value in alive],
            [_decimal(value, 6) for value in orders],
            [_decimal(value, 2) for value in net],
        ],
    }
    contract = load_contract(CLV_SOURCES_YAML)
    with scratch() as directory:
        for table in contract.tables:
            types = [column.arrow_type for column in table.file_columns]
            columns = zip(rows[table.name], types, strict=True)
            arrays = [pa.array(values, column_type) for values, column_type in columns]
            path = directory / f"{table.name}.parquet"
            pq.write_table(pa.Table.from_arrays(arrays, schema=table.arrow_schema), path)
        engine.load(directory, contract=contract)


@dataclass(frozen=True)
class Truth:
    """P(alive) compared with who really left, in a synthetic shop.

    Attributes:
        share_alive: Share of accounts that have not left by the shop's end.
        mean_probability: Mean P(alive) of all accounts.
        ranking: Probability that one who stayed has a higher P(alive) than one who left (AUC).
        repeat_ranking: The same among those with a repeat order.
        recency_ranking: The same among those, by recency instead of P(alive).
    """

    share_alive: float
    mean_probability: float
    ranking: float
    repeat_ranking: float
    recency_ranking: float


def compare_with_truth(engine: Engine, shop: Path, fitted: Fit, histories: Histories) -> Truth:
    """Compare P(alive) with the generated shop's truth.

    Raises:
        EcomError: The shop has no truth.
    """
    import pyarrow.parquet as pq

    path = shop / "truth" / "customers.parquet"
    if not path.exists():
        raise EcomError(f"there is no {path}; only a generated shop knows its truth: ecom generate")
    read = pq.read_table(path, columns=["customer_id", "is_active_at_end"]).to_pydict()
    stays = dict(zip(read["customer_id"], read["is_active_at_end"], strict=True))
    accounts = engine.rows(
        "select person_id, customer_id from marts.customer_analytics where customer_id is not null"
    )
    place = {person: number for number, person in enumerate(histories.persons)}
    known = [(place[person], stays[account]) for person, account in accounts if person in place]
    rows, stayed = (np.array(values) for values in zip(*known, strict=True))
    alive = predict(fitted, histories)[0][rows]
    again = histories.x[rows] > 0
    return Truth(
        float(stayed.mean()),
        float(alive.mean()),
        _ranking(alive, stayed),
        _ranking(alive[again], stayed[again]),
        _ranking((histories.t_x - histories.T)[rows][again], stayed[again]),
    )


def figures(fitted: Fit, tried: Sequence[HoldOut], truth: Truth | None) -> str:
    """Parameters, hold-out and, if available, truth as Markdown tables.

    With the truth, also the fit of customers with known parameters.
    """
    lines = [
        "| parameter | value | standard error |",
        "| --- | ---: | ---: |",
        *(
            f"| {name} | {value:.3g} | {_error(error)} |"
            for name, value, error in zip(PARAMETERS, *_parameters(fitted), strict=True)
        ),
        "",
        "| the last 365 days, by | orders predicted | came | mean error | root of squares |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {one.name} | {one.predicted:,.0f} | {one.actual:,.0f} "
            f"| {one.mean_error:.2f} | {one.squared_error:.2f} |"
            for one in tried
        ),
    ]
    if truth:
        lines += [
            "",
            "| who is still a customer | |",
            "| --- | ---: |",
            f"| share that has not left | {truth.share_alive:.1%} |",
            f"| mean P(alive) | {truth.mean_probability:.1%} |",
            f"| ranking by P(alive) | {truth.ranking:.3f} |",
            f"| the same, of persons with a repeat order | {truth.repeat_ranking:.3f} |",
            f"| ranking of those by recency alone | {truth.recency_ranking:.3f} |",
            "",
            "| parameter of drawn customers | truth | found | standard error |",
            "| --- | ---: | ---: | ---: |",
        ]
        known = (*astuple(DRAWN_ORDERS), *astuple(DRAWN_VALUE))
        found = _parameters(fit(Drawn.of(_DRAWN_CUSTOMERS, _DRAWN_SEED).histories))
        lines += [
            f"| {name} | {value:.3g} | {estimate:.3g} | {_error(error)} |"
            for name, value, estimate, error in zip(PARAMETERS, known, *found, strict=True)
        ]
    return "\n".join(lines)


def _error(value: float) -> str:
    return f"{value:.1g}" if np.isfinite(value) else "without bounds"


def _parameters(fitted: Fit) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The parameters of both models, and their standard errors."""
    return (
        (*astuple(fitted.orders), *astuple(fitted.value)),
        (*astuple(fitted.orders_errors), *astuple(fitted.value_errors)),
    )


def render(page: str, text: str) -> str:
    """The page with the figures inserted between its markers."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise EcomError(f"the page has no part {BEGIN} ... {END}; add the two markers")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _ranking(score: Floats, is_better: npt.NDArray[np.bool_]) -> float:
    """The probability that a better one has the higher score, ties half (Mann-Whitney)."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    better = int(is_better.sum())
    worse = len(is_better) - better
    return float((ranks[is_better].sum() - better * (better + 1) / 2) / max(better * worse, 1))


def _decimal(value: float, places: int) -> Decimal:
    """A number rounded to `places` decimals, never below 0 by a rounding error."""
    return Decimal(f"{max(float(value), 0.0):.{places}f}")


def _maximise(
    likelihood: Callable[[Any], float], start: Floats, mix: Floats
) -> tuple[list[float], list[float]]:
    """The maximum likelihood estimate of positive parameters, and their standard errors.

    Args:
        likelihood: Log-likelihood of the parameters, shape (n,).
        start: Start values, shape (n,).
        mix: Matrix of shape (n, n): the logarithms of the parameters are this matrix times the
            search coordinates, which should be nearly independent.

    If customers do not differ in a trait, its parameters grow without bound. A coordinate stops 8
    away from its start, which the likelihood still distinguishes from 7; parameters that depend on
    it get an infinite error.
    """

    def loss(coordinates: Floats) -> float:
        return -likelihood(np.exp(mix @ coordinates))

    begin = np.linalg.solve(mix, np.log(start))
    limits = list(zip(begin - _LIMIT, begin + _LIMIT, strict=True))
    options = {"ftol": 1e-15, "gtol": 1e-7, "maxiter": 1000}
    found = minimize(
        loss,
        begin,
        jac=lambda at: _gradient(loss, at),
        method="L-BFGS-B",
        bounds=limits,
        options=options,
    )
    if not np.isfinite(found.fun):
        raise EcomError(f"the likelihood has no maximum that could be found: {found.message}")
    values = np.exp(mix @ found.x)
    # Errors of the logarithms from the curvature, of the values by the delta method.
    free = np.abs(found.x - begin) < _LIMIT - 1e-6
    inner = np.ix_(free, free)
    covariance = np.zeros_like(mix)
    covariance[inner] = np.linalg.pinv(_hessian(loss, found.x)[inner])
    errors = values * np.sqrt(np.maximum(np.diag(mix @ covariance @ mix.T), 0.0))
    errors[(mix[:, ~free] != 0).any(axis=1)] = np.inf
    return values.tolist(), errors.tolist()


def _gradient(function: Callable[[Floats], float], at: Floats, step: float = 1e-4) -> Floats:
    """First derivatives by central differences, shape (n,); a larger step has less noise."""
    steps = np.eye(len(at)) * step
    return np.array([function(at + one) - function(at - one) for one in steps]) / (2 * step)


def _hessian(function: Callable[[Floats], float], at: Floats, step: float = 1e-3) -> Floats:
    """Second derivatives by central differences, shape (n, n)."""
    n = len(at)
    steps = np.eye(n) * step
    hessian = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            hessian[i, j] = (
                function(at + steps[i] + steps[j])
                - function(at + steps[i] - steps[j])
                - function(at - steps[i] + steps[j])
                + function(at - steps[i] - steps[j])
            ) / (4 * step**2)
    return hessian
