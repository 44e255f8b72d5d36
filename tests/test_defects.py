"""Planting a defect in the data or in a macro makes a test of the dbt project fail.

A shop is loaded and built once. Each defect goes into a copy: a wrong row, or a macro with one
logic error. The macros' tests are independent of each other, so mutations of different macros share
a run. Models are changed by `make mutants`, in their compiled SQL: tests/mutants.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from conftest import NO_TESTS, Dbt, DbtResult
from ecommerce_analytics.paths import DBT_PROJECT

_NOT_COPIED: Final = shutil.ignore_patterns("target", "logs")


@dataclass(frozen=True)
class DataDefect:
    """A change of raw tables, and a test that must fail."""

    name: str
    sql: str
    test: str


@dataclass(frozen=True)
class Mutation:
    """A change of a macro, and a test that must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str

    def path(self, project: Path) -> Path | None:
        """The file to change; none if the project no longer has the mutated text."""
        name = f"{self.file}.sql"
        for path in project.glob(f"macros/**/{name}"):
            if self.old in path.read_text(encoding="utf-8"):
                return path
        return None

    def apply(self, project: Path) -> None:
        """Change the file in a copy of the project."""
        path = self.path(project)
        assert path, f"{self.file} no longer says {self.old!r}: renew '{self.name}'"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(self.old, self.new, 1), encoding="utf-8")


# Detected by a test of the staging views, without a build. No two share a test.
STAGING_DEFECTS: Final = (
    DataDefect(
        "a second row of an order",
        "insert into raw_data.orders select * from raw_data.orders where order_id = 10",
        "unique_stg_ecommerce__orders_order_id",
    ),
    DataDefect(
        "a second row of a customer",
        "insert into raw_data.customers select * from raw_data.customers where customer_id = 10",
        "unique_stg_ecommerce__customers_customer_id",
    ),
    DataDefect(
        "a second row of a line",
        "insert into raw_data.order_items select * from raw_data.order_items where "
        "order_item_id = 20",
        "unique_stg_ecommerce__order_items_order_item_id",
    ),
    DataDefect(
        "a second row of a refund",
        "insert into raw_data.refunds select * from raw_data.refunds limit 1",
        "unique_stg_ecommerce__refunds_refund_id",
    ),
    DataDefect(
        "an order without a status",
        "update raw_data.orders set order_status = null where order_id = 11",
        "stg_ecommerce__orders__required_columns",
    ),
    DataDefect(
        "an order status nobody knows",
        "update raw_data.orders set order_status = 'lost' where order_id = 12",
        "stg_ecommerce__orders__order_status__known_values",
    ),
    DataDefect(
        "an order total off by a cent",
        "update raw_data.orders set order_total = order_total + 0.01 where order_id = 13",
        "stg_ecommerce__orders__total_adds_up",
    ),
    DataDefect(
        "a line total off by a cent",
        "update raw_data.order_items set line_total = line_total + 0.01 where order_item_id = 21",
        "stg_ecommerce__order_items__line_total_adds_up",
    ),
    DataDefect(
        "a line without its order",
        "update raw_data.order_items set order_id = 999999 where order_item_id = 22",
        "stg_ecommerce__order_items__order_id__in_stg_ecommerce__orders",
    ),
    DataDefect(
        "a line of an unknown product",
        "update raw_data.order_items set product_id = 999999 where order_item_id = 23",
        "stg_ecommerce__order_items__product_id__in_stg_ecommerce__products",
    ),
    DataDefect(
        "fewer than no units",
        "update raw_data.order_items set quantity = -1 where order_item_id = 24",
        "stg_ecommerce__order_items__at_least_1",
    ),
    DataDefect(
        "a refund without its order",
        "update raw_data.refunds set order_id = 999999 where refund_id = (select "
        "min(refund_id) from raw_data.refunds)",
        "stg_ecommerce__refunds__order_id__in_stg_ecommerce__orders",
    ),
    DataDefect(
        "a negative refund",
        "update raw_data.refunds set goods_amount = -1 where refund_id = (select "
        "max(refund_id) from raw_data.refunds)",
        "stg_ecommerce__refunds__at_least_0",
    ),
    DataDefect(
        "an order delivered before it shipped",
        "update raw_data.orders set delivered_at = shipped_at - interval 1 hour "
        "where order_id = (select min(order_id) from raw_data.orders where "
        "delivered_at is not null)",
        "assert_order_timeline_in_order",
    ),
    DataDefect(
        "a touch of an unknown campaign",
        "update raw_data.marketing_touchpoints set campaign_id = 999999 where touchpoint_id = 5",
        "stg_ecommerce__marketing_touchpoints__campaign_id__in_stg_ecommerce__campaigns",
    ),
    DataDefect(
        "a touch through an unknown channel",
        "update raw_data.marketing_touchpoints set channel = 'radio' where touchpoint_id = 6",
        "stg_ecommerce__marketing_touchpoints__channel__known_values",
    ),
    DataDefect(
        "spend on an unknown campaign",
        "update raw_data.campaign_spend_daily set campaign_id = 999999 where "
        "spend_date = (select min(spend_date) from raw_data.campaign_spend_daily)",
        "stg_ecommerce__campaign_spend_daily__campaign_id__in_stg_ecommerce__campaigns",
    ),
    DataDefect(
        "a customer in an unknown segment",
        "update raw_data.customers set segment = 'whale' where customer_id = 11",
        "stg_ecommerce__customers__segment__known_values",
    ),
    DataDefect(
        "an order of an unknown customer",
        "update raw_data.orders set customer_id = 999999 where order_id = 16",
        "stg_ecommerce__orders__customer_id__in_stg_ecommerce__customers",
    ),
)

# Detected after the marts are built from them.
MART_DEFECTS: Final = (
    DataDefect(
        "a second currency",
        "update raw_data.orders set currency = 'EUR' where order_id = 15",
        "assert_one_currency",
    ),
)

# Detected by the macro's own test.
MACRO_MUTATIONS: Final = (
    Mutation(
        "seconds too coarse for a day",
        "whole_days_between",
        "date_diff('microsecond', {{ first_moment }}, {{ last_moment }}) // 86400000000",
        "date_diff('second', {{ first_moment }}, {{ last_moment }}) // 86400",
        "macro_whole_days_between",
    ),
    Mutation(
        "a day among the days it is compared with",
        "trailing_z_score",
        "preceding and 1 preceding)",
        "preceding and current row)",
        "macro_trailing_z_score",
    ),
    Mutation(
        "rows that do not count counted in a season",
        "seasonality_index",
        "over () * count({{ value }})",
        "over () * count(*)",
        "macro_seasonality_index",
    ),
    Mutation(
        "growth on nothing",
        "growth",
        "{{ base }} > 0",
        "{{ base }} <> 0",
        "macro_growth",
    ),
    Mutation(
        "cut point in the upper bin",
        "quantile_score",
        "{{ value }} > {{ cut }}",
        "{{ value }} >= {{ cut }}",
        "macro_quantile_score",
    ),
    Mutation(
        "ties split over bins",
        "quantile_score",
        "{{ cuts[0] }} < {{ cuts[1] }}",
        "{{ cuts[0] }} <= {{ cuts[1] }}",
        "macro_quantile_score",
    ),
    Mutation(
        "odd cents dropped",
        "allocate_settle",
        "when {{ is_heaviest }}",
        "when false",
        "macro_allocate",
    ),
    Mutation(
        "case matters in e-mails",
        "normalize_email",
        "ascii_lower(strip_blanks(email))",
        "strip_blanks(email)",
        "macro_normalize_email",
    ),
    Mutation(
        "blanks matter in e-mails",
        "normalize_email",
        "strip_blanks(email)",
        "email",
        "macro_normalize_email",
    ),
    Mutation(
        "letters beyond ASCII lowered",
        "ascii_lower",
        "when {{ byte_length(text) }} = length({{ text }}) then",
        "when true then",
        "macro_normalize_email",
    ),
    Mutation(
        "40 % for both ends together",
        "attribution_weights",
        "2 * (touch_count - 2)",
        "1 * (touch_count - 2)",
        "macro_attribution_weights",
    ),
    Mutation(
        "decay by 14 days",
        "attribution_weights",
        "~ ') / '\n",
        "~ ') / 2 / '\n",
        "macro_attribution_weights",
    ),
    Mutation(
        "averages of two values",
        "percentile",
        "percentile_disc",
        "percentile_cont",
        "macro_percentile",
    ),
    Mutation(
        "odd cents to every part",
        "allocate_settle",
        "when {{ is_heaviest }}",
        "when true",
        "macro_allocate",
    ),
)


@pytest.fixture(scope="module")
def sound(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """A small built shop, with a copy of the current project. Read only."""
    directory = tmp_path_factory.mktemp("sound")
    project = directory / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=_NOT_COPIED)
    dbt = Dbt(directory, project)
    dbt.load(small_shop_dir)
    dbt.succeed("build", "--full-refresh", *NO_TESTS)
    return dbt


def _copy(sound: Dbt, directory: Path, mutations: Sequence[Mutation] = ()) -> Dbt:
    """The sound shop in its own directory, with mutations of the project if there are any."""
    directory.mkdir()
    project = sound.project
    if mutations:
        project = directory / "dbt_project"
        shutil.copytree(sound.project, project, ignore=_NOT_COPIED)
        for mutation in mutations:
            mutation.apply(project)
    shutil.copy(sound.warehouse, directory / "warehouse.duckdb")
    return Dbt(directory, project)


def _unhappy(result: DbtResult) -> list[str]:
    """The nodes that failed or warned: in the suite a warning is a failure."""
    assert "run_results" in result.artifacts, (result.errors, result.output)
    return [
        node["unique_id"]
        for node in result.artifacts["run_results"]["results"]
        if node["status"] in ("fail", "error", "warn")
    ]


def _is_named(test: str, unhappy: Sequence[str]) -> bool:
    return any(test in unique_id for unique_id in unhappy)


def _assert_noticed(mutation: Mutation, verdicts: Mapping[str, Sequence[str]]) -> None:
    assert mutation.name in verdicts, f"{mutation.file} no longer says {mutation.old!r}: renew it"
    assert _is_named(mutation.test, verdicts[mutation.name]), verdicts[mutation.name]


def _batches(mutations: Sequence[Mutation]) -> list[list[Mutation]]:
    """Mutations that can share a project: each file is changed once."""
    batches: list[list[Mutation]] = []
    for mutation in mutations:
        free = (b for b in batches if mutation.file not in {other.file for other in b})
        batch = next(free, None)
        if batch is None:
            batches.append([mutation])
        else:
            batch.append(mutation)
    return batches


def _test_batches(
    sound: Dbt, directory: Path, mutations: Sequence[Mutation], selection: str
) -> Mapping[str, Sequence[str]]:
    """Which of their tests fail, for mutations that still apply, two batches at a time."""

    def test(numbered: tuple[int, Sequence[Mutation]]) -> list[str]:
        number, batch = numbered
        mutant = _copy(sound, directory / str(number), batch)
        # A model's version is not part of its test's selectable name.
        tests = {re.sub(r"_v\d+$", "", mutation.test) for mutation in batch}
        named = [f"{selection},*{test}*" for test in sorted(tests)]
        return _unhappy(mutant.run("test", "--select", *named))

    batches = _batches([m for m in mutations if m.path(sound.project)])
    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(test, enumerate(batches)))
    return {
        mutation.name: unhappy
        for batch, unhappy in zip(batches, verdicts, strict=True)
        for mutation in batch
    }


@pytest.fixture(scope="module")
def failed_in_staging(sound: Dbt, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The failures with all defects of the staging views at once."""
    dbt = _copy(sound, tmp_path_factory.mktemp("staging") / "shop")
    dbt.execute(*(defect.sql for defect in STAGING_DEFECTS))
    singular = ("assert_no_future_order_dates", "assert_order_timeline_in_order")
    return _unhappy(dbt.run("test", "--select", "staging", *singular))


@pytest.fixture(scope="module")
def failed_in_marts(sound: Dbt, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The failures with all defects of the marts at once."""
    dbt = _copy(sound, tmp_path_factory.mktemp("marts") / "shop")
    dbt.execute(*(defect.sql for defect in MART_DEFECTS))
    dbt.succeed("run", "--full-refresh")
    return _unhappy(dbt.run("test", "--select", "marts", "test_type:singular"))


@pytest.fixture(scope="module")
def failed_macro_tests(
    sound: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Sequence[str]]:
    """The tests that fail for each mutation of a macro."""
    directory = tmp_path_factory.mktemp("macros")
    return _test_batches(sound, directory, MACRO_MUTATIONS, "path:tests/macros")


def test_sound_shop_passes(sound: Dbt) -> None:
    """Without a defect every test passes, so the failures below are caused by the defects."""
    assert not _unhappy(sound.run("test"))


@pytest.mark.parametrize("defect", STAGING_DEFECTS, ids=lambda defect: defect.name)
def test_row_that_should_not_be(defect: DataDefect, failed_in_staging: list[str]) -> None:
    """A broken source row fails the staging view's test."""
    assert _is_named(defect.test, failed_in_staging), failed_in_staging


@pytest.mark.parametrize("defect", MART_DEFECTS, ids=lambda defect: defect.name)
def test_rows_that_disagree(defect: DataDefect, failed_in_marts: list[str]) -> None:
    """Rows that are valid alone but contradict each other fail a test of the marts."""
    assert _is_named(defect.test, failed_in_marts), failed_in_marts


@pytest.mark.parametrize("mutation", MACRO_MUTATIONS, ids=lambda mutation: mutation.name)
def test_macro_with_a_wrong_thought(
    mutation: Mutation, failed_macro_tests: Mapping[str, Sequence[str]]
) -> None:
    """A logic error in the macro fails its test."""
    _assert_noticed(mutation, failed_macro_tests)
