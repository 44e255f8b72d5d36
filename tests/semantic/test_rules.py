"""The rules of the semantic layer: names, files, owners, and its documentation."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from conftest import Artifact
from docs.pages import DOCS, features, pages, read, shell_commands
from ecommerce_analytics.paths import DBT_PROJECT
from semantic.checks import CHECKS
from semantic.compiler import Compiler

_FOLDER: Final = DBT_PROJECT / "models/semantic"
_PAGE: Final = DOCS / "semantic-layer.md"
# A touch's person changes with a later sign-in, so a fact cannot have it.
_ON_NO_MART: Final = {"person_touches"}


def _entries(manifest: Artifact, *sections: str) -> Iterator[dict[str, Any]]:
    for section in sections:
        yield from manifest[section].values()


def test_each_semantic_model_has_a_file_of_its_name() -> None:
    """Each semantic model has its own file, like models; a folder's metrics share one."""
    for path in _FOLDER.rglob("*.yml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        [(kind, entries)] = document.items()
        names = [entry["name"] for entry in entries]
        if kind == "semantic_models":
            assert names == [path.stem]
        elif kind == "metrics":
            assert path.name == f"_{path.parent.name}__metrics.yml"
        else:
            assert (kind, path.name) == ("saved_queries", "_saved_queries.yml")


def test_semantic_models_stand_on_public_marts(manifest: Artifact) -> None:
    """Semantic models are based on public marts."""
    for entry in _entries(manifest, "semantic_models"):
        [parent] = entry["depends_on"]["nodes"]
        is_mart = manifest["nodes"][parent]["access"] == "public"
        assert is_mart == (entry["name"] not in _ON_NO_MART), entry["name"]


def test_everything_has_a_label(manifest: Artifact) -> None:
    """Everything has a label for the readers' tools."""
    sections = ("semantic_models", "metrics", "saved_queries")
    labels = [entry["label"] for entry in _entries(manifest, *sections)]
    assert all(labels)
    metrics = [entry["label"] for entry in _entries(manifest, "metrics")]
    assert len(metrics) == len(set(metrics))


def test_the_owner_is_the_groups(manifest: Artifact) -> None:
    """The owner is the folder's group, for tools that read only the semantic manifest."""
    owners = {group["name"]: group["owner"]["name"] for group in manifest["groups"].values()}
    for entry in _entries(manifest, "semantic_models", "metrics"):
        folder = Path(entry["original_file_path"]).parent.name
        assert entry["config"]["group"] == folder, entry["name"]
        assert entry["config"]["meta"] == {"owner": owners[folder]}, entry["name"]


def test_every_measure_is_used(semantic_manifest: Artifact) -> None:
    """Every measure is used by a metric; others would be unchecked."""
    measures = {m["name"] for s in semantic_manifest["semantic_models"] for m in s["measures"]}
    inputs = [metric["type_params"]["input_measures"] for metric in semantic_manifest["metrics"]]
    assert measures == {measure["name"] for used in inputs for measure in used}


def test_the_questions_of_every_page_can_be_asked(compiler: Compiler) -> None:
    """`mf query` commands in the documentation use existing metrics, groups and saved queries."""
    commands = [feature.command for feature in features()]
    commands += [command for page in pages() for command in shell_commands(read(page))]
    asked = [command[2:] for command in commands if command[:2] == ("mf", "query")]
    assert len(asked) > 8
    for words in asked:
        options = dict(zip(words[::2], words[1::2], strict=True))
        if saved := options.get("--saved-query"):
            assert compiler.saved_query(saved)
            continue
        for metric in options["--metrics"].split(","):
            assert compiler.sql(metric, *options["--group-by"].split(","))


# --- Its page ----------------------------------------------------------------------------------


_ROW: Final = re.compile(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", re.MULTILINE)
_ROWS: Final = _ROW.findall(read(_PAGE)) if _PAGE.exists() else []


def test_the_page_lists_every_metric(semantic_manifest: Artifact) -> None:
    """The page lists every metric with its type."""
    types = {metric["name"]: metric["type"] for metric in semantic_manifest["metrics"]}
    assert {name: kind for name, kind, _ in _ROWS} == types
    assert len(_ROWS) == len(types)


@pytest.mark.parametrize(("name", "places"), [(n, p) for n, _, p in _ROWS])
def test_the_page_names_the_column_that_is_compared(name: str, places: str) -> None:
    """The mart column on the page is in the query that checks the metric."""
    queries = CHECKS[name].grains.values()
    columns = re.findall(r"`(\w+)\.(\w+)`", places)
    assert columns
    for model, column in columns:
        assert any(f".{model}" in q and re.search(rf"\b{column}\b", q) for q in queries), column
