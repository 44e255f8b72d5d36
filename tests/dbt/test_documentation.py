"""The project's documentation matches the data: columns, types, keys, comments."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from project import (
    PACKAGE,
    Manifest,
    Node,
    check,
    is_public_macro,
    macros_in,
    project_files,
    read_yaml,
    shown,
    walk,
    yaml_files,
)

from conftest import Artifact, Dbt, DbtResult

Columns = Mapping[str, str]

# YAML type names, by the engine's catalog name.
_TYPES: Final = {
    "string": "VARCHAR",
    "text": "VARCHAR",
    "varchar": "VARCHAR",
    "bigint": "BIGINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "numeric": "DECIMAL",
    "decimal": "DECIMAL",
    "double": "DOUBLE",
    "double precision": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_TYPE: Final = re.compile(r"(?P<name>[a-z ]+?)\s*(?P<size>\([\d, ]+\))?")
_DOC: Final = re.compile(r"""\bdoc\(\s*(?:['"]\w+['"]\s*,\s*)?['"](\w+)['"]\s*\)""")
_DOC_BLOCK: Final = re.compile(r"\{%-?\s*docs\s+(\w+)\s*-?%\}")
_SIGNATURE: Final = re.compile(
    r"\{%-?\s*(?:macro|test)\s+\w+\s*\((?P<arguments>.*?)\)\s*-?%\}", re.S
)
_ARGUMENT: Final = re.compile(r"(?:^|,)\s*(\w+)\s*(?==|,|$)")
_QUOTED: Final = re.compile(r"""'[^']*'|"[^"]*"|\[[^\]]*\]""")


@pytest.fixture(scope="module")
def graph(manifest: Artifact) -> Manifest:
    """The project's manifest as a graph."""
    return Manifest(manifest)


@pytest.fixture(scope="module")
def real(dbt: Dbt, graph: Manifest, built: DbtResult) -> Mapping[str, Columns]:
    """The real columns and types of each node, by its id."""
    compiled = Manifest(built.artifacts["manifest"])
    catalog: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, data_type in dbt.query(
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        "order by table_schema, table_name, ordinal_position"
    ):
        catalog.setdefault((schema, table), {})[column] = data_type
    return {
        node.id: _columns_of_a_query(dbt, compiled.nodes[node.id])
        if node.materialized == "ephemeral"
        else catalog.get(node.relation, {})
        for node in _described(graph)
    }


def _described(graph: Manifest) -> list[Node]:
    """All nodes except those that need a fit; tests/test_clv.py loads them with their YAML."""
    nodes = graph.of_kind("model", "seed", "snapshot", "source")
    return [node for node in nodes if node.raw.get("source_name") != "clv"]


def _columns_of_a_query(dbt: Dbt, node: Node) -> Columns:
    """An ephemeral model's columns, from its compiled SQL, because it is not in the catalog."""
    if not node.raw.get("compiled_code"):
        return {}
    described = dbt.query(f"describe {node.raw['compiled_code']}")
    return {name: data_type for name, data_type, *_ in described}


# --- Columns -----------------------------------------------------------------------------------


def test_every_node_is_in_the_warehouse(graph: Manifest, real: Mapping[str, Columns]) -> None:
    """Every node exists in the warehouse; the other rules depend on it."""
    check("not in the warehouse", [n.label for n in _described(graph) if not real[n.id]])


def test_every_real_column_is_documented(graph: Manifest, real: Mapping[str, Columns]) -> None:
    """Every column of models, seeds, snapshots and sources is documented."""
    check(
        "columns without an entry in the YAML",
        [f"{n.label}.{c}" for n in _described(graph) for c in real[n.id] if c not in n.columns],
    )


def test_every_documented_column_is_real(graph: Manifest, real: Mapping[str, Columns]) -> None:
    """Every documented column exists."""
    check(
        "documented columns that do not exist",
        [f"{n.label}.{c}" for n in _described(graph) for c in n.columns if c not in real[n.id]],
    )


def test_every_column_has_its_real_type(graph: Manifest, real: Mapping[str, Columns]) -> None:
    """Each column's `data_type` equals the engine's."""
    check(
        "types in the YAML that are not the real ones",
        [
            f"{node.label}.{name}: {column.get('data_type')}, is {real[node.id][name]}"
            for node in _described(graph)
            for name, column in node.columns.items()
            if name in real[node.id]
            and _canonical(column.get("data_type")) != _canonical(real[node.id][name])
        ],
    )


def test_columns_stand_in_the_yaml_in_their_order(
    graph: Manifest, real: Mapping[str, Columns]
) -> None:
    """Columns have the same order in the YAML and the table."""
    check(
        "columns in another order than the table's",
        [
            node.label
            for node in _described(graph)
            # A source file has the contract's order, and `loaded_at` comes from the loader.
            if set(node.columns) == set(real[node.id]) and list(node.columns) != list(real[node.id])
        ],
    )


# --- Keys --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("built")
def test_every_primary_key_is_enforced(dbt: Dbt, graph: Manifest) -> None:
    """The primary keys in the contracts are exactly those in the warehouse."""
    enforced = {
        (schema, table): set(columns)
        for schema, table, columns in dbt.query(
            "select schema_name, table_name, constraint_column_names from duckdb_constraints() "
            "where constraint_type = 'PRIMARY KEY'"
        )
    }
    tables = [node for node in graph.models if node.materialized in {"table", "incremental"}]
    assert tables
    check(
        "primary keys that the warehouse does not hold to",
        [node.label for node in tables if enforced.get(node.relation, set()) != _key(node)],
    )


def test_every_reference_to_a_core_key_is_tested(graph: Manifest) -> None:
    """A mart's column named like the key of a dimension or fact has a relationships test.

    The natural key beside a tested surrogate key of the same entity (product_id beside product_key)
    needs no own test.
    """
    keys = _core_keys(graph)
    found = []
    for model in graph.layer("marts"):
        tested = _tested_references(graph, model)
        for column in model.columns:
            targets = keys.get(column, set()) - {model.id}
            surrogate = column.removesuffix("_id") + "_key"
            if targets and model.id not in keys[column] and column not in tested:
                if surrogate != column and surrogate in tested:
                    continue
                found.append(f"{model.label}.{column}")
    check("columns that name another mart's key without a relationships test", found)


def test_references_point_at_a_key(graph: Manifest) -> None:
    """Relationships tests reference a unique key."""
    models = {model.label: model for model in graph.of_kind("model", "seed")}
    found = []
    for test in graph.of_kind("test"):
        metadata = test.raw.get("test_metadata") or {}
        if metadata.get("name") != "relationships":
            continue
        target = str(metadata["kwargs"]["to"]).split("'")[1]
        node = models.get(target)
        if node and frozenset({metadata["kwargs"]["field"]}) not in graph.unique_keys(node):
            found.append(f"{test.name}: {target}.{metadata['kwargs']['field']}")
    check("relationships tests on a column that is no tested key", found)


def _key(node: Node) -> set[str]:
    """The columns of the contract's primary key."""
    own = (
        name
        for name, column in node.columns.items()
        if any(constraint["type"] == "primary_key" for constraint in column["constraints"])
    )
    of_several = (
        name
        for constraint in node.raw["constraints"]
        if constraint["type"] == "primary_key"
        for name in constraint["columns"]
    )
    return {*own, *of_several}


def _core_keys(graph: Manifest) -> Mapping[str, set[str]]:
    """The dimensions and facts by the name of their key."""
    keys: dict[str, set[str]] = {}
    for model in graph.layer("marts"):
        if model.path.parts[2] == "core" and (key := graph.primary_key(model)):
            keys.setdefault(key, set()).add(model.id)
    return keys


def _tested_references(graph: Manifest, model: Node) -> set[str]:
    tests = [test.raw for test in graph.generic_tests(model)]
    return {str(t["column_name"]) for t in tests if t["test_metadata"]["name"] == "relationships"}


# --- Macros ------------------------------------------------------------------------------------


def test_every_macro_is_described(graph: Manifest) -> None:
    """Public macros and generic tests are described; an engine's variant needs no own entry."""
    check(
        "macros without a description in a YAML file",
        [
            macro["name"]
            for macro in graph.macros()
            if is_public_macro(macro["name"])
            and not (macro["patch_path"] and str(macro["description"]).strip())
        ],
    )


def test_every_macro_argument_is_described(graph: Manifest) -> None:
    """Each argument has a type and a description."""
    check(
        "macro arguments without type or description",
        [
            f"{macro['name']}({argument['name']})"
            for macro in graph.macros()
            for argument in _described_arguments(macro)
            if not argument["type"] or not str(argument["description"]).strip()
        ],
    )


def test_described_arguments_are_the_macros_own(graph: Manifest) -> None:
    """The described arguments are exactly the signature's, in order."""
    check(
        "macros whose YAML lists other arguments than they take",
        [
            f"{macro['name']}: {', '.join(listed)}; takes {', '.join(taken)}"
            for macro in graph.macros()
            if is_public_macro(macro["name"])
            and (listed := [a["name"] for a in _described_arguments(macro)])
            != (taken := _arguments(macro["macro_sql"]))
        ],
    )


def test_described_macros_exist() -> None:
    """Every described macro exists."""
    sql = "\n".join(path.read_text(encoding="utf-8") for path in project_files(".sql"))
    known = {f"test_{name}" for name in re.findall(r"\{%-?\s*test\s+(\w+)", sql)}
    known.update(macros_in(sql))
    check(
        "entries for macros that do not exist",
        [
            f"{shown(path)}: {entry['name']}"
            for path in yaml_files()
            for entry in (read_yaml(path) or {}).get("macros", ())
            if entry["name"] not in known
        ],
    )


def _described_arguments(macro: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of the YAML; dbt 1.12 also lists what it finds itself, for macros without an entry."""
    if not macro["patch_path"] or macro["name"].startswith("materialization_"):
        return []
    described: list[Mapping[str, Any]] = macro["arguments"]
    return described


def _arguments(macro_sql: str) -> list[str]:
    signature = _SIGNATURE.search(macro_sql)
    assert signature, macro_sql
    # A default value may contain a comma.
    return _ARGUMENT.findall(_QUOTED.sub("_", signature["arguments"]))


# --- Everything else that can be described -----------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        "seed",
        "snapshot",
        "analysis",
        "exposure",
        "function",
        "unit_test",
        "metric",
        "semantic_model",
        "saved_query",
    ],
)
def test_every_resource_is_described(graph: Manifest, kind: str) -> None:
    """Every resource with a page in the documentation has a description."""
    check(f"{kind} without a description", _undescribed(graph, kind))


def test_every_group_is_described(graph: Manifest) -> None:
    """Groups, which are not graph nodes, are described."""
    groups = graph.raw["groups"].values()
    check("groups without a description", [g["name"] for g in groups if not g["description"]])


def test_every_singular_test_is_described(graph: Manifest) -> None:
    """Singular tests are described in YAML, because SQL comments are not in the documentation."""
    check(
        "singular tests without a description",
        [
            test.name
            for test in graph.of_kind("test")
            if "test_metadata" not in test.raw and not test.description
        ],
    )


def test_function_arguments_are_described(graph: Manifest) -> None:
    """Each argument has a type and a description."""
    check(
        "function arguments without type or description",
        [
            f"{function['name']}({argument['name']})"
            for function in graph.raw.get("functions", {}).values()
            for argument in function["arguments"]
            if not argument.get("data_type") or not str(argument.get("description") or "").strip()
        ],
    )


def _undescribed(graph: Manifest, kind: str) -> list[str]:
    sections = ("nodes", "exposures", "functions", "unit_tests", "metrics", "semantic_models")
    return [
        entry["name"]
        for section in (*sections, "saved_queries")
        for entry in graph.raw.get(section, {}).values()
        if entry["resource_type"] == kind
        and entry["package_name"] == PACKAGE
        and not str(entry.get("description") or "").strip()
    ]


# --- Doc blocks --------------------------------------------------------------------------------


def test_every_doc_block_is_used() -> None:
    """Every doc block is used."""
    unused = _doc_blocks() - _used_docs()
    # Used by dbt's own pages.
    check("doc blocks that nothing uses", [name for name in unused if not name.startswith("__")])


def test_every_used_doc_block_exists() -> None:
    """Every referenced doc block exists."""
    check("doc blocks that do not exist", _used_docs() - _doc_blocks())


def test_no_doc_block_is_written_twice() -> None:
    """Doc block names are unique, because dbt keeps only one of two."""
    names = [name for text in _markdown() for name in _DOC_BLOCK.findall(text)]
    check("doc blocks written twice", [name for name in names if names.count(name) > 1])


def test_a_recurring_column_is_described_once() -> None:
    """A sentence that appears in two places should be a doc block."""
    places: dict[str, set[str]] = {}
    for path in yaml_files():
        for place, entry in walk(read_yaml(path)):
            if ".columns[" in place and "data_type" in entry and "{{" not in entry["description"]:
                text = " ".join(str(entry["description"]).split())
                places.setdefault(f"{entry['name']}: {text}", set()).add(shown(path))
    check(
        "column descriptions written out more than once",
        [f"{text} ({', '.join(sorted(at))})" for text, at in places.items() if len(at) > 1],
    )


def _markdown() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in project_files(".md")]


def _doc_blocks() -> set[str]:
    return {name for text in _markdown() for name in _DOC_BLOCK.findall(text)}


def _used_docs() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in yaml_files()]
    return {name for text in texts for name in _DOC.findall(text)}


# --- Comments in the warehouse -----------------------------------------------------------------


def test_descriptions_are_comments_on_the_relations(
    dbt: Dbt, graph: Manifest, built: DbtResult
) -> None:
    """The warehouse has the descriptions as comments on relations."""
    assert built.artifacts["manifest"]
    comments = {
        (schema, name): comment
        for schema, name, comment in dbt.query(
            "select schema_name, table_name, comment from duckdb_tables() union all "
            "select schema_name, view_name, comment from duckdb_views()"
        )
    }
    check(
        "relations without their description as comment",
        [
            node.label
            for node in _commented(graph, "relation")
            if (comments.get(node.relation) or "").strip() != node.description
        ],
    )


def test_descriptions_are_comments_on_the_columns(
    dbt: Dbt, graph: Manifest, built: DbtResult
) -> None:
    """The columns of the readers' schemas have their descriptions as comments."""
    assert built.artifacts["manifest"]
    comments = {
        (schema, table, column): comment
        for schema, table, column, comment in dbt.query(
            "select schema_name, table_name, column_name, comment from duckdb_columns()"
        )
    }
    check(
        "columns without their description as comment",
        [
            f"{node.label}.{name}"
            for node in _commented(graph, "columns")
            for name, column in node.columns.items()
            if (comments.get((*node.relation, name)) or "").strip()
            != str(column["description"]).strip()
        ],
    )


def test_everything_is_commented_and_the_marts_to_the_column(graph: Manifest) -> None:
    """Every relation has a comment, and the marts' columns too."""
    relations, columns = _commented(graph, "relation"), _commented(graph, "columns")
    nodes = graph.of_kind("model", "seed", "snapshot")
    check(
        "without a comment in the warehouse",
        [n.label for n in nodes if n.materialized != "ephemeral" and n not in relations]
        + [f"{n.label}: columns" for n in graph.layer("marts") if n not in columns],
    )


def _commented(graph: Manifest, part: str) -> list[Node]:
    """The nodes whose description, or whose columns', dbt writes into the warehouse."""
    nodes = graph.of_kind("model", "seed", "snapshot")
    return [
        node
        for node in nodes
        if node.materialized != "ephemeral" and (node.config.get("persist_docs") or {}).get(part)
    ]


# --- The build itself --------------------------------------------------------------------------


def test_the_default_shop_builds(built: DbtResult) -> None:
    """The default shop builds from nothing, with every test, unit test and snapshot."""
    check("errors of dbt build", built.errors)
    built.require_success()


def test_the_build_is_without_warnings(built: DbtResult) -> None:
    """The build has no warnings, because known ones would hide new ones."""
    check("warnings of dbt build", built.warnings)


def test_every_node_of_the_build_succeeded(run_results: Mapping[str, Any]) -> None:
    """No node failed, was skipped or warned."""
    check(
        "nodes that did not succeed",
        [
            f"{result['unique_id']}: {result['status']}"
            for result in run_results["results"]
            if result["status"] not in {"success", "pass", "no-op"}
        ],
    )


def _canonical(data_type: Any) -> str:
    """A type as the catalog has it, without a length for text."""
    match = _TYPE.fullmatch(str(data_type).lower())
    if match is None:
        return str(data_type)
    name = _TYPES.get(match["name"], match["name"].upper())
    return name + (match["size"] or "").replace(" ", "") if name == "DECIMAL" else name
