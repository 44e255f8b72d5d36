"""Two tiers of tests: some only warn about the source, and every other warning is an error."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from project import check, shown

from conftest import Dbt, DbtResult
from ecommerce_analytics.paths import DBT_PROJECT, ROOT

_OBSERVED: Final = "{{ config(severity='warn', tags=['observation']) }}\nselect 1 as order_id\n"
_PROMISED: Final = "select 1 as order_id\n"
# The searched folders, and the two pages that advise against the option.
_READ: Final = ("src", "tests", "docs", ".ci", ".github", "dbt_project", "benchmarks")
_TOLD: Final = ("docs/decisions", "docs/quickstart.md")
# Run dbt as `ecom` does, in its own process, because dbt leaves its log file open in its modules.
_INVOKE: Final = """
import sys
from pathlib import Path
from ecommerce_analytics.dbt_runner import invoke
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
warehouse, project, command, *options = sys.argv[1:]
result = invoke(DuckDBEngine(Path(warehouse)), command, options, Path(project))
print(result.exception or "")
sys.exit(0 if result.success else 1)
"""
Run = Callable[..., tuple[bool, str]]


def _copy(directory: Path) -> Path:
    copy = directory / "dbt_project"
    shutil.copytree(DBT_PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    return copy


@pytest.fixture(scope="module")
def loaded(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """A small loaded shop, and the project with a failing test of each tier."""
    directory = tmp_path_factory.mktemp("tiers")
    dbt = Dbt(directory, _copy(directory))
    tests = dbt.project / "tests" / "singular"
    (tests / "observed.sql").write_text(_OBSERVED, encoding="utf-8")
    (tests / "promised.sql").write_text(_PROMISED, encoding="utf-8")
    dbt.load(small_shop_dir)
    return dbt


@pytest.fixture(params=["dbt", "ecom"])
def run(request: pytest.FixtureRequest, loaded: Dbt) -> Run:
    """Run a command with dbt alone and with `ecom`; returns success and the reason if not."""

    def by_dbt(command: str, *options: str) -> tuple[bool, str]:
        result = loaded.run(command, *options)
        return result.exit_code == 0, "\n".join((*result.errors, result.output))

    def by_ecom(command: str, *options: str) -> tuple[bool, str]:
        place = (str(loaded.warehouse), str(loaded.project))
        target = ("--target-path", str(loaded.target))
        finished = subprocess.run(
            [sys.executable, "-c", _INVOKE, *place, command, *options, *target],
            capture_output=True,
            text=True,
            check=False,
        )
        return finished.returncode == 0, finished.stdout + finished.stderr

    return by_dbt if request.param == "dbt" else by_ecom


def test_only_a_promise_fails(run: Run) -> None:
    """A warning test does not fail the command; an error test does."""
    succeeded, why = run("test", "--select", "observed")
    assert succeeded, why
    assert not run("test", "--select", "promised")[0]


def test_a_wrong_selection_is_an_error(run: Run) -> None:
    """A selection without matches is an error, because it would run nothing and succeed."""
    succeeded, why = run("build", "--select", "no_such_model")
    assert not succeeded
    assert "does not match any enabled nodes" in why


def test_other_warnings_are_errors(tmp_path: Path) -> None:
    """Deprecations and unused configuration paths are errors."""
    dbt = Dbt(tmp_path, _copy(tmp_path))
    model = dbt.project / "models" / "staging" / "stg_ecommerce__products.yml"
    before = model.read_text(encoding="utf-8")
    model.write_text(f"{before}models: []\n", encoding="utf-8")
    assert "Duplicate key 'models'" in _why(dbt.run("parse"))
    model.write_text(before, encoding="utf-8")
    with (dbt.project / "dbt_project.yml").open("a", encoding="utf-8") as file:
        file.write("    no_such_folder:\n      +tags: [none]\n")
    assert "no_such_folder" in _why(dbt.run("parse"))


def _why(result: DbtResult) -> str:
    assert result.exit_code
    return "\n".join((*result.errors, result.output))


def test_the_tiers_are_the_projects_own() -> None:
    """The warning options are set in the project only; on a command line they would conflict."""
    option = "--warn-error"
    paths = [
        *(ROOT / name for name in ("Makefile", ".pre-commit-config.yaml", "README.md")),
        *(path for folder in _READ for path in (ROOT / folder).rglob("*") if path.is_file()),
    ]
    check(
        f"files with {option}",
        [
            shown(path)
            for path in paths
            if path != Path(__file__)
            and not path.relative_to(ROOT).as_posix().startswith(_TOLD)
            and not {"target", "logs", "dbt_packages", "__pycache__"} & set(path.parts)
            and option.encode() in path.read_bytes()
        ],
    )
