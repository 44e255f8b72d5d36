"""Column lineage, read from the compiled SQL.

A column's origins are the columns in its expression, followed through CTEs and subqueries to other
models, seeds or source tables. Columns that only filter, join or order are not included.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlglot import exp, parse_one
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from ecommerce_analytics.errors import EcomError

_DIALECTS: Final = {"duckdb": "duckdb", "postgres": "postgres", "spark": "spark"}


@dataclass(frozen=True, order=True)
class ColumnName:
    """A column of a relation, with the relation's name in the project."""

    relation: str
    column: str

    def __str__(self) -> str:
        """`relation.column`."""
        return f"{self.relation}.{self.column}"


Lineage = Mapping[ColumnName, frozenset[ColumnName]]


def column_lineage(manifest: Mapping[str, Any], catalog: Mapping[str, Any]) -> Lineage:
    """The direct origins of every column of every model that is a table or a view.

    Args:
        manifest: dbt's manifest.json, compiled.
        catalog: dbt's catalog.json of the same project.

    Returns:
        For each column its origins in other relations; empty for a constant.

    Raises:
        EcomError: A model's SQL cannot be parsed, or lacks a column of the catalog.
    """
    dialect = _DIALECTS[manifest["metadata"]["adapter_type"]]
    names, schema = _relations(manifest, catalog)
    found: dict[ColumnName, frozenset[ColumnName]] = {}
    for key, node in manifest["nodes"].items():
        if node["resource_type"] != "model" or key not in catalog["nodes"]:
            continue
        try:
            tree = parse_one(node["compiled_code"], dialect=dialect)
            tree = qualify(tree, schema=schema, dialect=dialect, validate_qualify_columns=False)
        except Exception as error:
            raise EcomError(
                f"the compiled SQL of {node['name']} cannot be read: {error}; where the "
                "warehouse is of another version of the project, rebuild it: ecom build "
                "--full-refresh"
            ) from error
        scope = build_scope(tree)
        if scope is None:
            raise EcomError(f"the compiled SQL of {node['name']} is not a query")
        tracer = _Tracer(names)
        for column in catalog["nodes"][key]["columns"]:
            origins = tracer.origins(scope, column.lower())
            found[ColumnName(_label(node), column.lower())] = frozenset(origins)
    return found


def sources_of(lineage: Lineage, column: ColumnName) -> frozenset[ColumnName]:
    """The columns at the start of a column's lineage, without origins of their own."""
    seen: set[ColumnName] = set()
    ends: set[ColumnName] = set()
    waiting = [column]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        if here in lineage:
            waiting.extend(lineage[here])
        else:
            ends.add(here)
    return frozenset(ends)


class _Tracer:
    """Follows columns through the scopes of one query."""

    def __init__(self, names: Mapping[tuple[str, str], str]) -> None:
        self._names = names
        self._known: dict[tuple[int, str], set[ColumnName]] = {}

    def origins(self, scope: Scope, column: str) -> set[ColumnName]:
        """The origins of a column that a scope returns."""
        key = (id(scope), column)
        if key not in self._known:
            # A recursive query refers to itself, which adds no origins.
            self._known[key] = set()
            self._known[key] = set(self._find(scope, column))
        return self._known[key]

    def _find(self, scope: Scope, column: str) -> Iterator[ColumnName]:
        if scope.set_operation_scopes:
            # The branches of a union match by position.
            place = _query(scope).named_selects.index(column)
            for branch in scope.set_operation_scopes:
                yield from self.origins(branch, _query(branch).named_selects[place])
            return
        for selected in _query(scope).selects:
            if selected.alias_or_name.lower() == column:
                for named in selected.find_all(exp.Column):
                    yield from self._follow(scope, named)

    def _follow(self, scope: Scope, named: exp.Column) -> Iterator[ColumnName]:
        source = scope.sources.get(named.table)
        if isinstance(source, Scope):
            yield from self.origins(source, named.name.lower())
        elif isinstance(source, exp.Table):
            relation = self._names.get((source.db.lower(), source.name.lower()))
            if relation:
                yield ColumnName(relation, named.name.lower())


def _query(scope: Scope) -> exp.Query:
    expression = scope.expression
    if not isinstance(expression, exp.Query):
        raise TypeError(f"a scope is a query, but this is {type(expression).__name__}")
    return expression


def _relations(
    manifest: Mapping[str, Any], catalog: Mapping[str, Any]
) -> tuple[dict[tuple[str, str], str], dict[str, Any]]:
    """Names by schema and table, and columns by database, schema and table."""
    names: dict[tuple[str, str], str] = {}
    schema: dict[str, Any] = {}
    for key, entry in {**catalog["nodes"], **catalog["sources"]}.items():
        node = manifest["nodes"].get(key) or manifest["sources"][key]
        meta = entry["metadata"]
        names[meta["schema"].lower(), meta["name"].lower()] = _label(node)
        tables = schema.setdefault(meta["database"] or "", {}).setdefault(meta["schema"], {})
        tables[meta["name"]] = {
            column.lower(): described["type"] for column, described in entry["columns"].items()
        }
    if list(schema) == [""]:
        schema = schema[""]
    return names, schema


def _label(node: Mapping[str, Any]) -> str:
    # By a project rule, no model has the name of a source table.
    version = node.get("version")
    return str(node["name"]) if version is None else f"{node['name']}.v{version}"
