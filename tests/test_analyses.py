"""The analyses: each answers a question, and returns rows for the default shop."""

from collections.abc import Mapping
from pathlib import Path

import pytest

import marts
from conftest import Dbt
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.paths import DBT_PROJECT
from ecommerce_analytics.report import PAGES
from independent.compare import query

ANALYSES = sorted(path.stem for path in (DBT_PROJECT / "analyses").glob("*.sql"))


@pytest.fixture(scope="module")
def compiled(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The compiled SQL of each analysis."""
    directory = tmp_path_factory.mktemp("analyses")
    dbt = Dbt(directory, engine=DuckDBEngine(warehouse))
    result = dbt.succeed("compile", "--select", "resource_type:analysis")
    nodes = result.artifacts["manifest"]["nodes"].values()
    return {n["name"]: n["compiled_code"] for n in nodes if n["resource_type"] == "analysis"}


@pytest.mark.parametrize("name", ANALYSES)
def test_it_asks_a_question(name: str) -> None:
    """The comment at the top of each analysis is a question."""
    lines = (DBT_PROJECT / "analyses" / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    comment = lines[: next(n for n, line in enumerate(lines) if not line.startswith("--"))]
    assert "?" in " ".join(comment)


@pytest.mark.parametrize("name", ANALYSES)
def test_it_has_an_answer(name: str, compiled: Mapping[str, str], warehouse: Path) -> None:
    """Each analysis returns rows, none of them twice."""
    rows = query(warehouse, compiled[name])
    assert rows
    assert len(set(rows)) == len(rows)


def test_the_benchmark_asks_what_the_report_asks(warehouse: Path) -> None:
    """The benchmark runs every query of every page once, with unique names."""
    queries = marts.dashboard(warehouse)
    assert {name.partition(",")[0] for name in queries} == {"every page", *PAGES}
    assert len(set(queries.values())) == len(queries)
    assert all(query(warehouse, asked) is not None for asked in queries.values())
