"""What dbt compiled: models, data tests and unit tests, with their SQL."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from mutants.trees import PLACED, parse, text

# dbt's query of a unit test, with the model in the middle.
_UNIT_TEST: Final = re.compile(
    r"(.*?\n  from \(\n)(.*)(\n  \) _dbt_internal_unit_test_actual\n.*)", re.DOTALL
)


@dataclass(frozen=True)
class DataTest:
    """A data test.

    Attributes:
        name: Its name.
        sql: The rows that should not be.
        parents: The nodes that it reads.
        verdict: An expression over its rows: `error`, `warn` or `pass`.
    """

    name: str
    sql: str
    parents: frozenset[str]
    verdict: str


@dataclass(frozen=True)
class UnitTest:
    """A unit test: its query of actual and expected rows, taken apart.

    Attributes:
        name: Its name.
        head: The query up to the model.
        fixtures: The model's inputs, as common table expressions.
        body: The model.
        tail: The query after the model.
    """

    name: str
    head: str
    fixtures: str
    body: exp.Expr = field(repr=False)
    tail: str

    @classmethod
    def of(cls, name: str, sql: str) -> "UnitTest":
        """Take the query apart.

        Raises:
            ValueError: It is not one that dbt makes.
        """
        match = _UNIT_TEST.fullmatch(sql)
        if not match:
            raise ValueError(f"{name}: not the query of a unit test")
        body = parse(match[2])
        fixtures = [cte for cte in body.find_all(exp.CTE) if cte.alias.startswith(PLACED)]
        for cte in fixtures:
            cte.pop()
        return cls(name, match[1], ", ".join(map(text, fixtures)), body, match[3])

    def sql(self, body: exp.Expr) -> str:
        """The query with this model in it."""
        return (
            f"{self.head}with {self.fixtures} select * from ({text(body)}) as body"  # noqa: S608
            f"{self.tail}"
        )


@dataclass(frozen=True)
class Increment:
    """A later run of an incremental model.

    Attributes:
        temporary: The table of the rows that its query finds.
        statements: What brings them into the model, with the model's hooks.
    """

    temporary: str
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A model or a snapshot.

    Attributes:
        name: Its name, with the version if it has one.
        layer: The folder of the model.
        relation: Its table, quoted.
        sql: Its query.
        parents: The nodes that it reads.
        columns: Its columns by contract, in their order.
        not_null: The columns that are never null by contract.
        keys: The columns that are its primary key by contract.
        unit_tests: Its unit tests.
        is_mutated: Whether the query is the project's own.
        increment: How a later run brings its rows into the model, if it does.
    """

    name: str
    layer: str
    relation: str
    sql: str
    parents: frozenset[str]
    columns: tuple[str, ...] = ()
    not_null: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    unit_tests: tuple[UnitTest, ...] = ()
    is_mutated: bool = True
    increment: Increment | None = None


@dataclass(frozen=True)
class Project:
    """The compiled project.

    Attributes:
        nodes: Models and snapshots by id, parents before children.
        tests: The data tests.
        sources: The raw tables by id, quoted.
    """

    nodes: Mapping[str, Node]
    tests: Sequence[DataTest]
    sources: Mapping[str, str] = field(default_factory=dict)


def read(target: Path) -> Project:
    """What a full build left in dbt's target directory."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    ephemeral = {
        f"{PLACED}{node['name']}": _relation(node)
        for node in manifest["nodes"].values()
        if node["config"].get("materialized") == "ephemeral"
    }
    nodes = {}
    for key, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "snapshot"):
            nodes[key] = _node(node, _sql(node, target), ephemeral)
    for test in manifest["unit_tests"].values():
        model = test["depends_on"]["nodes"][0]
        made = UnitTest.of(test["name"], _unit_test(test, target))
        nodes[model] = replace(nodes[model], unit_tests=(*nodes[model].unit_tests, made))
    sources = {key: source["relation_name"] for key, source in manifest["sources"].items()}
    order = TopologicalSorter({key: node.parents & nodes.keys() for key, node in nodes.items()})
    tests = [
        _test(node, ephemeral)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["depends_on"]["nodes"]
    ]
    return Project({key: nodes[key] for key in order.static_order()}, tests, sources)


def _node(node: Mapping[str, Any], sql: str, ephemeral: Mapping[str, str]) -> Node:
    has_contract = node["config"].get("contract", {}).get("enforced")
    columns = list(node["columns"].values()) if has_contract else []
    folders = node["fqn"][1:-1]
    return Node(
        name=node["name"] if not node.get("version") else f"{node['name']}_v{node['version']}",
        layer=", ".join(folder for folder in folders if folder != node["name"]) or "snapshots",
        relation=node["relation_name"] or _relation(node),
        sql=_unplaced(sql, ephemeral),
        parents=frozenset(node["depends_on"]["nodes"]),
        columns=tuple(column["name"] for column in columns),
        not_null=tuple(
            column["name"]
            for column in columns
            if any(rule["type"] in ("not_null", "primary_key") for rule in column["constraints"])
        ),
        keys=tuple(
            column["name"]
            for column in columns
            if any(rule["type"] == "primary_key" for rule in column["constraints"])
        )
        or tuple(
            name
            for rule in node.get("constraints") or ()
            if rule["type"] == "primary_key"
            for name in rule["columns"]
        ),
        is_mutated=node["resource_type"] == "model",
    )


def _sql(node: Mapping[str, Any], target: Path) -> str:
    """The query of a node, as a full build has it."""
    if node["resource_type"] == "snapshot":
        # What dbt adds to the query is in the statement it ran.
        ran = target / "run" / node["package_name"] / node["original_file_path"]
        statement = (ran / f"{node['name']}.sql").read_text(encoding="utf-8")
        made = re.search(r"create\s+table\s+\S+\s+as\s*\((.*)\)\s*;", statement, re.DOTALL)
        if not made:
            raise ValueError(f"{node['name']}: no statement that makes a table")
        return made[1]
    if code := node.get("compiled_code"):
        return str(code)
    # A microbatch model has a query per batch, which differ by the period only.
    batches = target / "compiled" / node["package_name"] / node["original_file_path"]
    first = min(batches.with_suffix("").glob("*.sql"))
    return text(_without_period(parse(first.read_text(encoding="utf-8"))))


def _without_period(tree: exp.Expr) -> exp.Expr:
    for inner in list(tree.find_all(exp.Subquery)):
        if isinstance(inner.this, exp.Select) and isinstance(inner.parent, exp.From):
            inner.replace(inner.this.args["from_"].this)
    return tree


def _test(node: Mapping[str, Any], ephemeral: Mapping[str, str]) -> DataTest:
    config = node["config"]
    fails = config["error_if"] if config["severity"].lower() == "error" else "is null"
    limit = f" limit {config['limit']}" if config["limit"] is not None else ""
    return DataTest(
        name=node["name"],
        sql=_unplaced(node["compiled_code"], ephemeral) + limit,
        parents=frozenset(node["depends_on"]["nodes"]),
        verdict=f"case when ({config['fail_calc']}) {fails} then 'error' "
        f"when ({config['fail_calc']}) {config['warn_if']} then 'warn' else 'pass' end",
    )


def _unit_test(test: Mapping[str, Any], target: Path) -> str:
    ran = Path(target, "run", test["package_name"], test["original_file_path"])
    version = f"_v{test['version']}" if test["version"] else ""
    path = next(ran.glob(f"models/**/{test['name']}{version}.sql"))
    return path.read_text(encoding="utf-8")


def _relation(node: Mapping[str, Any]) -> str:
    return f'"{node["database"]}"."{node["schema"]}"."{node["alias"]}"'


def _unplaced(sql: str, ephemeral: Mapping[str, str]) -> str:
    """A query that reads ephemeral models as tables."""
    if PLACED not in sql:
        return sql
    tree = parse(sql)
    for cte in list(tree.find_all(exp.CTE)):
        if cte.alias in ephemeral:
            cte.set("this", parse(f"select * from {ephemeral[cte.alias]}"))  # noqa: S608
    return text(tree)
