"""`mf` itself, on a built warehouse: the commands of the documentation."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from conftest import Dbt
from ecommerce_analytics.paths import DBT_PROJECT

_SECONDS: Final = 120


@pytest.fixture(scope="module")
def project(dbt: Dbt, warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A parsed copy of the project with its own warehouse, because mf writes beside both."""
    copy = tmp_path_factory.mktemp("mf") / "dbt_project"
    shutil.copytree(DBT_PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    (copy / "target").mkdir()
    shutil.copyfile(dbt.target / "semantic_manifest.json", copy / "target/semantic_manifest.json")
    shutil.copyfile(warehouse, copy / warehouse.name)
    return copy


def _mf(project: Path, *arguments: str) -> str:
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    finished = subprocess.run(
        [Path(sys.executable).with_name("mf"), *arguments],
        cwd=project,
        env={
            **ours,
            "ECOM_WAREHOUSE": str(project / "warehouse.duckdb"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_mf_writes_a_saved_query(project: Path, dbt: Dbt) -> None:
    """The documentation's command writes a row per month."""
    _mf(project, "query", "--saved-query", "sales_by_month", "--csv", "sales.csv")
    with (project / "sales.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    [(months, net)] = dbt.query("select count(*), sum(net_amount) from marts.orders_monthly")
    assert len(rows) == months
    assert sum(round(100 * float(row["net_sales"])) for row in rows) == 100 * net


def test_mf_finds_every_column(project: Path) -> None:
    """Each entity, dimension and measure is queried once in the warehouse."""
    checked = _mf(project, "validate-configs").splitlines()
    parts = [line for line in checked if "against data warehouse (ERRORS: " in line]
    assert len(parts) == 5
    assert [
        line for line in parts if "(ERRORS: 0, FUTURE_ERRORS: 0, WARNINGS: 0)" not in line
    ] == []
