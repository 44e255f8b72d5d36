"""`ecom build`: a time on success, one sentence on failure, and the warehouse is released."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import duckdb
import pytest
from dbt.cli.main import dbtRunnerResult

from conftest import Dbt
from ecommerce_analytics.dbt_runner import reason
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.paths import DBT_PROJECT
from independent.holding import held
from parses import handed_on

# One model and the tests that need no other.
_PRODUCTS: Final = ("--select", "stg_ecommerce__products", "--indirect-selection", "cautious")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dbt project, with its own target and log directories."""
    copy = tmp_path_factory.mktemp("project") / "dbt_project"
    shutil.copytree(DBT_PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    return copy


@pytest.fixture
def loaded(small_shop_dir: Path, tmp_path: Path) -> Dbt:
    """A small shop, loaded and not built."""
    dbt = Dbt(tmp_path)
    dbt.load(small_shop_dir)
    return dbt


def ecom_build(warehouse: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    handed_on(DuckDBEngine(warehouse))
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    return subprocess.run(
        [Path(sys.executable).with_name("ecom"), "build", "--warehouse", warehouse, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**ours, "DBT_TARGET_PATH": os.environ["DBT_TARGET_PATH"]},
    )


@pytest.mark.parametrize(
    "command",
    [
        ("build",),
        ("freshness",),
        ("report",),
        ("summary",),
        ("site",),
        ("parity", "duckdb", "spark"),
    ],
    ids=lambda command: command[0],
)
def test_only_a_load_makes_a_warehouse(command: tuple[str, ...], tmp_path: Path) -> None:
    """Every command except a load gives one sentence, before dbt is even imported."""
    warehouse = tmp_path / "none.duckdb"
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    finished = subprocess.run(
        [Path(sys.executable).with_name("ecom"), *command, "--warehouse", warehouse],
        capture_output=True,
        text=True,
        check=False,
        env=ours,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert str(warehouse) in finished.stderr
    assert not warehouse.exists()
    if command == ("build",):
        assert "load a shop first: ecom load" in finished.stderr
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert seconds < 2


def test_a_warehouse_without_raw_tables_is_not_built(tmp_path: Path) -> None:
    """The empty file that plain dbt creates does not count as a loaded shop."""
    warehouse = tmp_path / "empty.duckdb"
    duckdb.connect(str(warehouse)).close()
    finished = ecom_build(warehouse)
    assert finished.returncode == 1
    assert "load a shop first: ecom load" in finished.stderr


# Each build has its own process, because dbt leaves its log file open in its modules.
_BUILD: Final = """
import json, os, sys
from pathlib import Path
import duckdb
from ecommerce_analytics.build import build
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.errors import EcomError
warehouse, project, *arguments = sys.argv[1:]
os.environ["ECOM_WAREHOUSE"] = "as it was"
try:
    seconds, error = build(tuple(arguments), DuckDBEngine(Path(warehouse)), Path(project)), ("", "")
except EcomError as caught:
    seconds, error = None, (str(caught), caught.details)
# Fails where dbt still has the file open.
duckdb.connect(warehouse, read_only=True).close()
print(json.dumps([seconds, *error, os.environ["ECOM_WAREHOUSE"]]))
"""


def run_build(warehouse: Path, project: Path, *arguments: str) -> tuple[float | None, str]:
    """The seconds of a build, or its error; the process state is restored."""
    seconds, error, _ = run_build_in_full(warehouse, project, *arguments)
    return seconds, error


def run_build_in_full(
    warehouse: Path, project: Path, *arguments: str
) -> tuple[float | None, str, str]:
    """Like `run_build`, with the details printed below the error."""
    handed_on(DuckDBEngine(warehouse))
    finished = subprocess.run(
        [sys.executable, "-c", _BUILD, str(warehouse), str(project), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    seconds, error, details, environment = json.loads(finished.stdout)
    assert environment == "as it was"
    return seconds, error, details


def test_success_takes_seconds(loaded: Dbt, project: Path) -> None:
    """The selected nodes are built, and the file is released."""
    seconds, error = run_build(loaded.warehouse, project, *_PRODUCTS)
    assert not error
    assert seconds is not None
    assert 0 < seconds < 300
    assert loaded.query("select count(*) from staging.stg_ecommerce__products")[0][0] > 0


@pytest.mark.parametrize("asked", [("--debug",), ("--log-level-file", "debug")])
def test_the_log_holds_what_is_asked_for(
    loaded: Dbt,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: tuple[str, ...],
) -> None:
    """The log has the requested level, including debug."""
    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path))
    _, error = run_build(loaded.warehouse, project, *_PRODUCTS, *asked)
    assert not error
    log = (tmp_path / "dbt.log").read_text(encoding="utf-8")
    # A SQL statement, as the connection logs it.
    assert "On model.ecommerce_analytics.stg_ecommerce__products: " in log


def test_a_failing_test_is_named(loaded: Dbt, project: Path) -> None:
    """The message names the first failure and counts the others."""
    loaded.execute(
        "update raw_data.products set product_id = 1 where product_id = 2",
        "update raw_data.products set product_id = null where product_id = 3",
    )
    seconds, message = run_build(loaded.warehouse, project, *_PRODUCTS)
    assert seconds is None
    assert re.match(
        r"dbt build failed: test\.ecommerce_analytics\.(unique|not_null)_stg_ecommerce__products_",
        message,
    )
    assert "(and 1 more)" in message
    assert message.endswith(f"; see {project / 'logs' / 'dbt.log'}")
    assert "\n" not in message


_PERSONAL_ROWS: Final = """
select customer_id, email, lower(email) as address, customer_name, signed_up_at
from {{ ref('stg_ecommerce__customers') }}
where customer_id < 3
"""


def test_rows_that_fail_are_shown(loaded: Dbt, project: Path) -> None:
    """Five failing rows per test are shown with keys, but never e-mails or names."""
    path = project / "tests" / "singular" / "people.sql"
    path.write_text(_PERSONAL_ROWS, encoding="utf-8")
    loaded.execute(
        "insert into raw_data.products select * from raw_data.products where product_id <= 7",
        "update raw_data.orders set currency = null where order_id = 11",
        "update raw_data.customers set email = chr(27) || '[31m' || email where customer_id = 1",
    )
    models = ("customers", "orders", "products")
    selected = (*(f"stg_ecommerce__{model}" for model in models), "people")
    _, message, details = run_build_in_full(
        loaded.warehouse, project, "--select", *selected, "--indirect-selection", "cautious"
    )
    path.unlink()
    assert "\n" not in message
    shown = {
        table[0].partition(":")[0]: [line.split() for line in table[1:]]
        for table in (part.splitlines() for part in details.split("\n\n"))
    }
    assert shown["unique_stg_ecommerce__products_product_id"] == [
        ["product_id", "n_records"],
        *([str(key), "2"] for key in range(1, 6)),
    ]
    headings, row = shown["stg_ecommerce__orders__required_columns"]
    assert headings[:2] == ["order_id", "currency"]
    assert row[:2] == ["11", "null"]
    people = shown["people"]
    assert people[0] == ["customer_id", "signed_up_at"]
    assert [row[0] for row in people[1:]] == ["1", "2"]
    assert "@" not in details
    assert details.replace("\n", "").isprintable()


def test_a_test_that_warns_is_no_failure(loaded: Dbt, project: Path) -> None:
    """A warning does not fail the build; the run record has its count."""
    observed = "{{ config(severity='warn') }}\nselect 1 as order_id"
    path = project / "tests" / "singular" / "observed.sql"
    path.write_text(observed, encoding="utf-8")
    seconds, message = run_build(loaded.warehouse, project, "--select", "observed")
    path.unlink()
    assert (seconds is None, message) == (False, "")
    assert loaded.query("select status, failure_count from audit.run_results") == [("warn", 1)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--no-such-option",), "No such option '--no-such-option'; see"),
        (("--select", "no_such_model"), "'no_such_model' does not match any enabled nodes; see"),
    ],
)
def test_a_build_that_cannot_start(
    loaded: Dbt, project: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """An error message from dbt is shown on one line."""
    _, message = run_build(loaded.warehouse, project, *arguments)
    assert sentence in message
    assert "\n" not in message


def test_command_says_what_failed(loaded: Dbt) -> None:
    """The command exits with code 1 and one line, without a traceback."""
    loaded.execute("update raw_data.products set product_id = 1 where product_id = 2")
    result = ecom_build(loaded.warehouse, *_PRODUCTS)
    assert (result.returncode, result.stdout) == (1, "")
    errors = [line for line in result.stderr.splitlines() if not line.startswith("dbt build ")]
    assert errors[0].startswith("error: dbt build failed: test.ecommerce_analytics.unique_stg_ec")
    # The failing key is shown below the sentence.
    assert [line.split() for line in errors[1:]] == [
        [],
        ["unique_stg_ecommerce__products_product_id"],
        ["product_id", "n_records"],
        ["1", "2"],
    ]


def test_command_on_a_warehouse_in_use(loaded: Dbt) -> None:
    """The message names the process that holds the warehouse, and no data is lost."""
    before = loaded.query("select count(*), sum(order_total) from raw_data.orders")
    with held(loaded.warehouse) as holder:
        result = ecom_build(loaded.warehouse, *_PRODUCTS)
    assert (result.returncode, result.stdout) == (1, "")
    errors = [line for line in result.stderr.splitlines() if not line.startswith("dbt build ")]
    assert len(errors) == 1
    assert f"{loaded.warehouse} is held by another process" in errors[0]
    assert f"pid {holder}" in errors[0]
    assert loaded.query("select count(*), sum(order_total) from raw_data.orders") == before


def test_refusals(tmp_path: Path) -> None:
    """DuckDB's errors become helpful sentences; other messages are not changed."""
    path = tmp_path / "shop.duckdb"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(duckdb.IOException) as caught:
        duckdb.connect(str(path))
    assert DuckDBEngine(path).refusal(str(caught.value)) == (
        f"{path} is not a DuckDB file; name another one: --warehouse FILE"
    )
    assert (
        DuckDBEngine(tmp_path).refusal("") == f"{tmp_path} is a directory, expected a DuckDB file"
    )
    assert DuckDBEngine(path).refusal("Out of memory") is None


def test_absent_packages_are_named_with_our_command(tmp_path: Path) -> None:
    """After `make clean` the message suggests our command, because dbt's needs the hub."""
    message = "dbt found 1 package(s) specified in packages.yml, but only 0 package(s) installed "
    result = dbtRunnerResult(success=False, exception=Exception(f"{message}in dbt_packages."))
    assert reason(result, DuckDBEngine(tmp_path / "none.duckdb")) == (
        "the dbt packages are not installed; install them: ecom deps"
    )
