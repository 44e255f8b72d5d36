"""Every metric on every engine that MetricFlow speaks: what DuckDB gives, the others give."""

import json
from typing import Any

import pytest

from conftest import Dbt, DbtResult
from semantic.checks import CHECKS
from semantic.compiler import Compiler
from semantic.numbers import Numbers, is_same, numbers


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


# MetricFlow does not know dbt's Spark adapter.
@pytest.mark.parametrize("elsewhere", ["postgres"], indirect=True)
def test_every_metric_is_the_same(
    dbt: Dbt, built: DbtResult, elsewhere: Dbt, built_elsewhere: DbtResult
) -> None:
    """At every grain at which it is held against the marts."""
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
