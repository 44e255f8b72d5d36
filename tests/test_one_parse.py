"""`ecom` and plain dbt share one parse, because parsing again costs seconds at every switch."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml

from ecommerce_analytics.dbt_runner import _ready
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.paths import DBT_PROJECT, DEFAULT_WAREHOUSE
from parses import handed_on

_FULL_PARSE: Final = "Starting full parse"
_BIN: Final = Path(sys.executable).parent


def run(*command: str, **variables: str) -> str:
    """The output of a command that must succeed, run in the user's directory for dbt."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    finished = subprocess.run(
        [str(_BIN / command[0]), *command[1:]],
        cwd=DBT_PROJECT,
        env={**ours, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture
def variables(small_shop_dir: Path, tmp_path: Path) -> Mapping[str, str]:
    """The environment for this test's warehouse and target directory."""
    engine = DuckDBEngine(tmp_path / "warehouse.duckdb")
    engine.load(small_shop_dir)
    handed_on(engine)
    return {
        "ECOM_WAREHOUSE": str(engine.warehouse),
        "DBT_TARGET_PATH": os.environ["DBT_TARGET_PATH"],
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }


def test_dbt_goes_on_with_what_ecom_parsed(variables: Mapping[str, str], tmp_path: Path) -> None:
    """Plain dbt reuses the parse of `ecom`, and the other way round."""
    build = ("ecom", "build", "--select", "stg_ecommerce__products")
    run(*build, **variables)
    log = tmp_path / "logs" / "dbt.log"
    first = log.read_text(encoding="utf-8").count(_FULL_PARSE)
    assert _FULL_PARSE not in run("dbt", "show", "--inline", "select 1 as one", **variables)
    run(*build, **variables)
    assert log.read_text(encoding="utf-8").count(_FULL_PARSE) == first <= 1


def test_the_default_warehouse_is_named_as_the_profile_names_it() -> None:
    """The default path is relative to `dbt_project/`; any other is absolute."""
    profile = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    path = profile["ecommerce_analytics"]["outputs"]["duckdb"]["path"]
    engine = DuckDBEngine(DEFAULT_WAREHOUSE)
    assert f"'{engine.environment['ECOM_WAREHOUSE']}'" in path
    named = (DBT_PROJECT / engine.environment["ECOM_WAREHOUSE"]).resolve()
    assert named == DEFAULT_WAREHOUSE.resolve()
    assert DuckDBEngine(Path("shop.duckdb")).environment["ECOM_WAREHOUSE"].startswith("/")


def test_dbt_runs_in_its_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile's path means the same file wherever `ecom` is called."""
    monkeypatch.chdir(tmp_path)
    with _ready(DuckDBEngine(DEFAULT_WAREHOUSE)):
        assert Path.cwd() == DBT_PROJECT
        assert Path(os.environ["ECOM_WAREHOUSE"]).resolve() == DEFAULT_WAREHOUSE
    assert Path.cwd() == tmp_path
