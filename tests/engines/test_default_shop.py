"""The default shop on every engine: nodes, tests, rows and metrics."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

import pytest

from conftest import Artifact, Dbt, DbtResult
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.parity import Node, built_nodes, compare
from ecommerce_analytics.report.model import as_json
from ecommerce_analytics.report.write import read_pages
from ecommerce_analytics.summary import read_figures
from parses import handed_on
from semantic.checks import CHECKS
from semantic.compiler import Compiler
from semantic.numbers import Numbers, is_same, numbers

# Limit for all of the summary's queries together; Spark's start is not included.
_QUERY_SECONDS: Final = {"postgres": 2.0, "spark": 60.0}


def _statuses(run_results: Artifact) -> Mapping[str, str]:
    """The result of each node, by its id."""
    return {result["unique_id"]: result["status"] for result in run_results["results"]}


def test_build_is_green(built_elsewhere: DbtResult) -> None:
    """No node failed or warned."""
    built_elsewhere.require_success()
    assert not built_elsewhere.warnings


def test_the_same_nodes_and_tests_ran(built_elsewhere: DbtResult, run_results: Artifact) -> None:
    """No test is left out or skipped on any engine."""
    here, there = _statuses(run_results), _statuses(built_elsewhere.artifacts["run_results"])
    assert there == here
    assert set(there.values()) <= {"success", "pass", "no-op"}


def test_every_relation_has_the_same_rows(
    dbt: Dbt, built: DbtResult, elsewhere: Dbt, built_elsewhere: DbtResult
) -> None:
    """Models, snapshots and seeds have the same rows."""
    built.require_success()
    built_elsewhere.require_success()
    nodes = _nodes(dbt.engine)
    differing = [
        f"{found.node.relation}: {' / '.join(found.differences)}"
        for found in compare(nodes, [dbt.engine, elsewhere.engine])
        if found.differences
    ]
    assert not differing, "\n".join(differing)


def test_the_summary_is_the_same(
    dbt: Dbt, built: DbtResult, elsewhere: Dbt, built_elsewhere: DbtResult
) -> None:
    """The summary is equal except for the build time, and its queries are fast."""
    built.require_success()
    built_elsewhere.require_success()
    started = time.perf_counter()
    there = read_figures(elsewhere.engine)
    seconds = time.perf_counter() - started
    here = read_figures(dbt.engine)
    assert here.last_run
    assert there.last_run
    assert vars(there) | {"last_run": None} == vars(here) | {"last_run": None}
    assert vars(there.last_run) | {"seconds": 0} == vars(here.last_run) | {"seconds": 0}
    assert seconds < _QUERY_SECONDS[elsewhere.engine.target]


def test_the_report_is_the_same(
    dbt: Dbt, built: DbtResult, elsewhere: Dbt, built_elsewhere: DbtResult
) -> None:
    """Every panel of every page is equal, except those about the build itself."""
    built.require_success()
    built_elsewhere.require_success()
    here, there = _panels(dbt.engine), _panels(elsewhere.engine)
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []


# MetricFlow does not support dbt's Spark adapter.
@pytest.mark.parametrize("elsewhere", ["postgres"], indirect=True)
def test_every_metric_is_the_same(
    dbt: Dbt, built: DbtResult, elsewhere: Dbt, built_elsewhere: DbtResult
) -> None:
    """Every metric is equal at every grain that is compared with the marts."""
    built.require_success()
    built_elsewhere.require_success()
    engines = [(engine.query, _compiler(engine)) for engine in (dbt, elsewhere)]
    differing = []
    for name, check in CHECKS.items():
        for grain in check.grains:
            groups = [grain] if grain else []
            here, there = (numbers(query(c.sql(name, *groups))) for query, c in engines)
            if _differ(name, here, there):
                differing.append(f"{name} {grain}")
    assert differing == []


def _panels(engine: Engine) -> dict[str, Any]:
    of_the_build = {"quality.figures", "quality.fresh", "quality.runs", "quality.slowest"}
    panels = {
        f"{page.key}.{panel['key']}": panel
        for page in read_pages(engine)
        for panel in as_json(page)["panels"]
    }
    return {name: panel for name, panel in panels.items() if name not in of_the_build}


def _nodes(engine: Engine) -> list[Node]:
    nodes = built_nodes(handed_on(engine))
    assert {node.kind for node in nodes} == {"model", "seed", "snapshot"}
    return nodes


def _compiler(dbt: Dbt) -> Compiler:
    path = dbt.target / "semantic_manifest.json"
    return Compiler(json.loads(path.read_text(encoding="utf-8")), dbt.engine.target)


def _number(name: str, value: Any) -> Any:
    # PostgreSQL divides decimals as decimals, and growth is not cast first.
    return float(value) if name.endswith("_growth") and value is not None else value


def _differ(name: str, here: Numbers, there: Numbers) -> bool:
    return here.keys() != there.keys() or not all(
        is_same(_number(name, here[group]), _number(name, there[group])) for group in here
    )
