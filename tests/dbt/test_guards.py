"""Runs that stop before they change anything, and the run log."""

import os
from pathlib import Path
from typing import Final

import pytest

from conftest import NO_TESTS, Dbt, DbtResult
from ecommerce_analytics.build import build
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.errors import EcomError
from parses import handed_on

_ONLY: Final = ("--select", "+customer_snapshot", *NO_TESTS)
_CLOSED: Final = (
    "select count(*) from snapshots.customer_snapshot where dbt_valid_to < '9999-12-31'"
)


@pytest.fixture(scope="module")
def kept(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """A warehouse with the customers' snapshot, taken once."""
    dbt = Dbt(tmp_path_factory.mktemp("guards"))
    dbt.load(small_shop_dir)
    dbt.succeed("build", *_ONLY)
    return dbt


@pytest.fixture(autouse=True)
def whole(kept: Dbt, small_shop_dir: Path) -> None:
    """The complete raw tables, restored before each test."""
    kept.load(small_shop_dir)


def refused(result: DbtResult) -> str:
    """The message of a run that ended before its first node."""
    assert result.exit_code != 0
    assert not [event for event in result.events if event["info"]["name"] == "NodeStart"]
    (said,) = {message for message in result.errors if "raw_data." in message or "empty" in message}
    return said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("delete from raw_data.customers", "raw_data.customers has 0 rows and had 300"),
        (
            "delete from raw_data.orders where order_id > 400",
            "raw_data.orders has 400 rows and had 1000",
        ),
        ("drop table raw_data.refunds", "raw_data.refunds has 0 rows and had"),
    ],
    ids=["empty", "more than half gone", "an optional table gone"],
)
def test_a_source_that_lost_its_rows_stops_the_run(kept: Dbt, change: str, said: str) -> None:
    """A run stops before a snapshot would close every row."""
    kept.execute(change)
    closed = kept.query(_CLOSED)
    message = refused(kept.run("build", *_ONLY))
    assert said in message
    assert "volume_floor" in message
    assert kept.query(_CLOSED) == closed


def test_the_command_says_it_in_one_sentence(kept: Dbt) -> None:
    """The error is one sentence, without dbt's location of it."""
    kept.execute("delete from raw_data.customers")
    engine = DuckDBEngine(kept.warehouse)
    with pytest.raises(EcomError) as refusal:
        build(_ONLY, handed_on(engine))
    assert str(refusal.value).startswith(
        "dbt build failed: raw_data.customers has 0 rows and had 300 at the last run, "
        "so nothing was built; load it again"
    )
    assert "macro" not in str(refusal.value)


def test_a_source_that_lost_some_rows_does_not(kept: Dbt) -> None:
    """Normal deletions do not stop a run."""
    kept.execute("delete from raw_data.orders where order_id > 600")
    kept.succeed("build", *_ONLY)


@pytest.mark.parametrize(
    "asked", [("--vars", "{volume_floor: 0}"), ("--full-refresh",)], ids=["floor", "rebuild"]
)
def test_the_floor_can_be_lifted(kept: Dbt, asked: tuple[str, ...]) -> None:
    """A var, or a full refresh, allows the loss of rows."""
    kept.execute("delete from raw_data.refunds")
    kept.succeed("build", *_ONLY, *asked)


def test_plain_dbt_says_that_nothing_is_loaded(tmp_path: Path) -> None:
    """The error appears before the first node and names the load command."""
    result = Dbt(tmp_path).run("build", *_ONLY)
    assert result.exit_code != 0
    assert not [event for event in result.events if event["info"]["name"] == "NodeStart"]
    (said,) = {message for message in result.errors if "nothing is loaded" in message}
    assert "load a shop first: ecom load" in said


def test_empty_is_refused_where_others_read(kept: Dbt) -> None:
    """`--empty` is not allowed in a shared schema, because it would leave every table empty."""
    message = refused(kept.run("build", "--empty", *_ONLY))
    assert "--empty" in message
    assert "ECOM_SCHEMA" in message


def test_empty_is_for_a_schema_of_ones_own(kept: Dbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one's own schema, `--empty` checks that all models fit together, without reading a row."""
    ours = type(kept)._environment(kept)
    monkeypatch.setattr(kept, "_environment", lambda: {**ours, "ECOM_SCHEMA": "scratch"})
    kept.succeed("run", "--empty", "--select", "staging")
    assert "ECOM_SCHEMA" not in os.environ


def test_a_run_that_was_killed_stays_on_record(kept: Dbt) -> None:
    """A killed run is recorded as running, and the next run marks it as interrupted."""
    kept.execute("update audit.runs set status = 'running'")
    ((killed,),) = kept.query("select count(*) from audit.runs")
    kept.succeed("build", *_ONLY)
    statuses = "select status, count(*) from audit.runs group by 1 order by 1"
    assert kept.query(statuses) == [("interrupted", killed), ("succeeded", 1)]


def test_a_whole_build_is_on_record_as_succeeded(dbt: Dbt, built: DbtResult) -> None:
    """A complete build is recorded as successful, with exposures, metrics and saved queries."""
    built.require_success()
    assert dbt.query("select command, status from audit.runs") == [("build", "succeeded")]
