"""The dbt project for tests: the manifest as a graph, and the files."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from ecommerce_analytics.paths import DBT_PROJECT

PACKAGE: Final = "ecommerce_analytics"

# Nodes in the flow of data; tests, exposures and metrics only read it.
_DATA: Final = frozenset({"model", "snapshot", "seed"})
_PATHS: Final = ("models", "seeds", "snapshots", "macros", "tests", "analyses", "functions")
_JINJA_COMMENT: Final = re.compile(r"\{#.*?#\}", re.DOTALL)
_JINJA_STATEMENT: Final = re.compile(r"\{%.*?%\}", re.DOTALL)
_JINJA_EXPRESSION: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_MACRO: Final = re.compile(r"\{%-?\s*(?:macro|test)\s+(\w+)")
_SQL_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)

_THIS: Final = re.compile(r"\{\{-?\s*this\s*-?\}\}")
_FROM_OF_A_FUNCTION: Final = re.compile(
    r"\b(?P<function>extract|trim|substring|overlay)(?P<start>\s*\([^()]*?)\bfrom\b"
    r"|\bis\s+(?:not\s+)?distinct\s+from\b",
    re.IGNORECASE,
)

# The replacement for a stripped Jinja expression in SQL, and for the model's own table.
JINJA: Final = "__jinja__"
THIS: Final = "__this__"


@dataclass(frozen=True)
class Node:
    """A node of the manifest: a model, seed, snapshot, source table, exposure or test."""

    raw: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The manifest's key."""
        return str(self.raw["unique_id"])

    @property
    def name(self) -> str:
        """The name without its version."""
        return str(self.raw["name"])

    @property
    def label(self) -> str:
        """The name with its version, as a message shows it."""
        version = self.raw.get("version")
        return self.name if version is None else f"{self.name}.v{version}"

    @property
    def kind(self) -> str:
        """The resource type."""
        return str(self.raw["resource_type"])

    @property
    def path(self) -> Path:
        """The file, relative to the project."""
        return Path(self.raw["original_file_path"])

    @property
    def patch_path(self) -> Path | None:
        """The YAML file that describes the node, relative to the project."""
        patch = self.raw.get("patch_path")
        return Path(str(patch).split("://")[1]) if patch else None

    @property
    def layer(self) -> str:
        """The folder below `models/` of a model: staging, intermediate or marts."""
        return self.path.parts[1] if self.kind == "model" else ""

    @property
    def description(self) -> str:
        """The description, blank where there is none."""
        return str(self.raw.get("description") or "").strip()

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration, resolved."""
        config: Mapping[str, Any] = self.raw.get("config", {})
        return config

    @property
    def materialized(self) -> str:
        """The model's materialization: view, table, incremental, ephemeral."""
        return str(self.config.get("materialized"))

    @property
    def columns(self) -> Mapping[str, Mapping[str, Any]]:
        """The documented columns by name."""
        columns: Mapping[str, Mapping[str, Any]] = self.raw.get("columns", {})
        return columns

    @property
    def parents(self) -> Sequence[str]:
        """The ids of the node's inputs."""
        return list(self.raw.get("depends_on", {}).get("nodes", ()))

    @property
    def relation(self) -> tuple[str, str]:
        """The node's schema and name in the warehouse."""
        name = self.raw.get("alias") or self.raw.get("identifier") or self.name
        return str(self.raw["schema"]), str(name)

    def not_null_columns(self) -> set[str]:
        """The columns with a not-null constraint."""
        return {
            name
            for name, column in self.columns.items()
            if {c["type"] for c in column.get("constraints", ())} & {"not_null", "primary_key"}
        }


class Manifest:
    """A manifest as a graph of the project's own nodes."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Read the nodes of this project; installed packages are left out."""
        self.raw = raw
        self.nodes: dict[str, Node] = {
            unique_id: Node(entry)
            for kind in ("nodes", "sources", "exposures")
            for unique_id, entry in raw[kind].items()
            if entry["package_name"] == PACKAGE
        }

    def of_kind(self, *kinds: str) -> list[Node]:
        """The nodes of some resource types, sorted."""
        return sorted((n for n in self.nodes.values() if n.kind in kinds), key=lambda n: n.id)

    @property
    def models(self) -> list[Node]:
        """All models."""
        return self.of_kind("model")

    @property
    def sources(self) -> list[Node]:
        """All source tables."""
        return self.of_kind("source")

    def layer(self, *layers: str) -> list[Node]:
        """The models of some layers."""
        return [model for model in self.models if model.layer in layers]

    def parents(self, node: Node, *kinds: str) -> list[Node]:
        """The node's inputs, of some resource types or of all."""
        found = [self.nodes[unique_id] for unique_id in node.parents if unique_id in self.nodes]
        return [parent for parent in found if not kinds or parent.kind in kinds]

    @cached_property
    def _children(self) -> Mapping[str, set[str]]:
        children: dict[str, set[str]] = {}
        for node in self.nodes.values():
            for parent in node.parents:
                children.setdefault(parent, set()).add(node.id)
        return children

    def children(self, node: Node, *kinds: str) -> list[Node]:
        """The nodes that read this one, of some resource types, or all data nodes."""
        found = [self.nodes[unique_id] for unique_id in sorted(self._children.get(node.id, ()))]
        return [child for child in found if child.kind in (kinds or _DATA)]

    def generic_tests(self, node: Node) -> list[Node]:
        """The generic tests in the node's YAML."""
        return [t for t in self._tests(node) if t.raw.get("attached_node") == node.id]

    def singular_tests(self, node: Node) -> list[Node]:
        """The singular tests that read the node."""
        return [t for t in self._tests(node) if "test_metadata" not in t.raw]

    def _tests(self, node: Node) -> list[Node]:
        return self.children(node, "test")

    def unique_keys(self, node: Node) -> list[frozenset[str]]:
        """The sets of columns that tests prove to be a key: unique together, and never null."""
        tests = [test.raw for test in self.generic_tests(node)]
        columns = {
            name: {t["column_name"] for t in tests if t["test_metadata"]["name"] == name}
            for name in ("unique", "not_null")
        }
        combinations = [
            frozenset(t["test_metadata"]["kwargs"]["combination_of_columns"])
            for t in tests
            if t["test_metadata"]["name"] == "unique_combination_of_columns"
        ]
        return [frozenset({c}) for c in columns["unique"] & columns["not_null"]] + combinations

    def primary_key(self, node: Node) -> str | None:
        """The node's primary key, if a constraint declares a single column."""
        for key in self.unique_keys(node):
            (column, *others) = key
            constraints = node.columns.get(column, {}).get("constraints", ())
            if not others and "primary_key" in {c["type"] for c in constraints}:
                return column
        return None

    def macros(self) -> list[Mapping[str, Any]]:
        """The project's macros, including generic tests (`test_*`)."""
        return [m for m in self.raw["macros"].values() if m["package_name"] == PACKAGE]


def is_public_macro(name: str) -> bool:
    """Whether the macro is public: neither `_private` nor an engine's variant."""
    return not name.startswith("_") and not re.match(r"[a-z0-9]+__", name)


def macros_in(sql: str) -> list[str]:
    """The macros and generic tests defined in a file, in order."""
    return _MACRO.findall(sql)


def project_files(*suffixes: str, under: Sequence[str] = _PATHS) -> list[Path]:
    """The project's own files with some suffixes, such as `.sql`, sorted."""
    return sorted(
        path
        for folder in under
        for path in (DBT_PROJECT / folder).rglob("*")
        if path.suffix in suffixes and path.is_file()
    )


def yaml_files() -> list[Path]:
    """Every YAML file that describes a part of the project."""
    return project_files(".yml", ".yaml")


def read_yaml(path: Path) -> Any:
    """The document in a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def walk(document: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every mapping in a document, with the path to it."""
    if isinstance(document, Mapping):
        yield place, document
        for key, value in document.items():
            yield from walk(value, f"{place}.{key}")
    elif isinstance(document, list):
        for position, value in enumerate(document):
            name = value.get("name", position) if isinstance(value, Mapping) else position
            yield from walk(value, f"{place}[{name}]")


def shown(path: Path) -> str:
    """A path for a message, relative to the project if it is inside."""
    return str(path.relative_to(DBT_PROJECT)) if path.is_relative_to(DBT_PROJECT) else str(path)


def strip_comments(sql: str) -> str:
    """SQL without Jinja and SQL comments; line numbers stay the same."""

    def blank(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n")

    return _SQL_COMMENT.sub(blank, _JINJA_COMMENT.sub(blank, sql))


def strip_jinja(sql: str) -> str:
    """SQL without comments and Jinja; each Jinja expression becomes one name."""
    sql = _JINJA_STATEMENT.sub(lambda m: "\n" * m[0].count("\n"), strip_comments(sql))
    return _JINJA_EXPRESSION.sub(lambda m: JINJA + "\n" * m[0].count("\n"), _THIS.sub(THIS, sql))


def hide_function_from(sql: str) -> str:
    """SQL in which each `from` precedes a relation: the one in `extract(year from x)` is hidden."""
    return _FROM_OF_A_FUNCTION.sub(lambda m: f"{m['function'] or ''}{m['start'] or ''}", sql)


def check(title: str, found: Iterable[str]) -> None:
    """Fail with the nodes or lines that break a rule, if there are any.

    Args:
        title: The rule's subject.
        found: The findings, one line each.
    """
    if lines := sorted(set(found)):
        pytest.fail("\n  ".join((f"{title}:", *lines)), pytrace=False)
