"""The project's metrics, and the default shop's warehouse."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from conftest import Artifact, Dbt, DbtResult
from semantic.compiler import Compiler

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def semantic_manifest(dbt: Dbt, parsed: DbtResult) -> Artifact:
    """The semantic manifest that dbt writes for MetricFlow."""
    assert parsed.exit_code == 0
    path = dbt.target / "semantic_manifest.json"
    manifest: Artifact = json.loads(path.read_text(encoding="utf-8"))
    return manifest


@pytest.fixture(scope="session")
def compiler(semantic_manifest: Artifact) -> Compiler:
    """The project's metrics, for DuckDB."""
    return Compiler(semantic_manifest)


@pytest.fixture(scope="session")
def query(dbt: Dbt, built: DbtResult) -> Query:
    """Query the default shop's warehouse."""
    built.require_success()
    return dbt.query
