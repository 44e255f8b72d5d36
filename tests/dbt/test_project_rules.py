"""The rules of dbt's project evaluator: our own implementation, without exceptions.

Each rule lists the nodes that break it. Everything is read from the manifest; nothing is built.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from project import (
    JINJA,
    THIS,
    Manifest,
    Node,
    check,
    hide_function_from,
    project_files,
    strip_jinja,
)

from ecommerce_analytics.paths import DBT_PROJECT

# All the reporting marts, which have business names instead of a prefix.
ANALYTICS: Final = frozenset(
    {
        "attribution_paths_monthly",
        "attribution_touches",
        "campaign_acquisition",
        "category_customers_monthly",
        "category_performance",
        "category_sales_monthly",
        "customer_analytics",
        "customer_cohorts",
        "data_quality_issues",
        "fulfillment_performance",
        "marketing_attribution",
        "marketing_attribution_monthly",
        "orders_daily",
        "orders_monthly",
        "orders_weekly",
        "price_changes",
        "product_affinity",
        "product_performance",
        "product_sales_monthly",
        "sales_forecast",
    }
)
_MOST_LEAVES: Final = 2
_MOST_VIEWS_IN_A_ROW: Final = 4
_MOST_PARENTS: Final = 6
_LAYERS: Final = {
    "stg_": ("staging",),
    "int_": ("intermediate",),
    "dim_": ("marts", "core"),
    "fact_": ("marts", "core"),
}
_FROM: Final = re.compile(r"""\b(?:from|join)\s+([\w.$"`\[\]]+)""", re.IGNORECASE)
_CTE: Final = re.compile(r"\b(\w+)\s+as\s+\(", re.IGNORECASE)
_ONE_ROW: Final = re.compile(r"count\(\*\)\s*(?:<>|!=)\s*1\b")


@pytest.fixture(scope="module")
def graph(manifest: dict[str, Any]) -> Manifest:
    """The project's manifest as a graph."""
    return Manifest(manifest)


# --- Modelling ---------------------------------------------------------------------------------


def test_no_model_joins_to_a_source_directly(graph: Manifest) -> None:
    """A source is read only by its staging model; other models join that one."""
    check(
        "models on a source and on a model",
        [
            model.label
            for model in graph.models
            if graph.parents(model, "source") and graph.parents(model, "model", "seed", "snapshot")
        ],
    )


def test_staging_reads_sources_only(graph: Manifest) -> None:
    """Staging models read only sources."""
    check(
        "staging models on something else than a source",
        [
            f"{model.label} on {parent.label}"
            for model in graph.layer("staging")
            for parent in graph.parents(model)
            if parent.kind != "source"
        ],
    )


def test_staging_does_not_read_staging(graph: Manifest) -> None:
    """No staging model reads another."""
    check("staging on staging", _edges(graph, "staging", "staging"))


def test_staging_does_not_read_what_stands_on_it(graph: Manifest) -> None:
    """No staging model reads an intermediate model or a mart."""
    check(
        "staging on intermediate or marts",
        _edges(graph, "staging", "intermediate") + _edges(graph, "staging", "marts"),
    )


def test_only_staging_reads_sources(graph: Manifest) -> None:
    """Intermediate models and marts do not read sources."""
    check(
        "models beyond staging on a source",
        [
            f"{model.label} on {source.label}"
            for model in graph.layer("intermediate", "marts")
            for source in graph.parents(model, "source")
        ],
    )


def test_every_model_is_in_a_layer(graph: Manifest) -> None:
    """Every model is in a layer, so that the rules by layer cover it."""
    known = {"staging", "intermediate", "marts", "semantic"}
    check("models in no layer", [m.label for m in graph.models if m.layer not in known])


def test_no_upstream_concept_is_rejoined(graph: Manifest) -> None:
    """If A feeds B and C, and B feeds only C, B should be part of C."""
    check("rejoined concepts (A into B into C, A into C)", list(_rejoined(graph)))


def test_every_model_has_a_parent(graph: Manifest) -> None:
    """Every model has a parent, so its data has a visible origin."""
    check("root models", [model.label for model in graph.models if not graph.parents(model)])


def test_each_source_has_one_model(graph: Manifest) -> None:
    """Each source has exactly one staging model, so that it is cleaned in one place."""
    check(
        "sources with more than one model",
        [s.label for s in graph.sources if len(graph.children(s, "model")) > 1],
    )


def test_no_model_fans_out_into_leaves(graph: Manifest) -> None:
    """No model feeds many leaves; their differences belong in the reader's tool."""
    check(
        f"models with more than {_MOST_LEAVES} direct leaves",
        [
            f"{model.label}: {', '.join(leaves)}"
            for model in graph.models
            if len(leaves := _leaves(graph, model)) > _MOST_LEAVES
        ],
    )


def test_no_model_joins_sources(graph: Manifest) -> None:
    """A staging model reads a single source."""
    check(
        "models on several sources",
        [m.label for m in graph.models if len(graph.parents(m, "source")) > 1],
    )


def test_no_source_is_declared_twice(graph: Manifest) -> None:
    """No relation is declared as two sources."""
    places = Counter((str(s.raw["database"]).lower(), *s.relation) for s in graph.sources)
    check("relations declared twice", [".".join(place) for place, n in places.items() if n > 1])


def test_every_source_is_used(graph: Manifest) -> None:
    """Every source is used."""
    check("unused sources", [s.label for s in graph.sources if not graph.children(s)])


def test_no_reference_is_hard_coded(graph: Manifest) -> None:
    """Every name after `from` or `join` is a ref, a source, a macro or a CTE of the file."""
    check(
        "hard-coded references",
        [f"{m.label}: {name}" for m in graph.models for name in _hard_coded(m.raw["raw_code"])],
    )


def test_singular_tests_and_analyses_hard_code_nothing() -> None:
    """Singular tests and analyses have no hard-coded relations either."""
    files = project_files(".sql", under=("tests/singular", "analyses"))
    check(
        "hard-coded references",
        [
            f"{path.relative_to(DBT_PROJECT)}: {name}"
            for path in files
            for name in _hard_coded(path.read_text(encoding="utf-8"))
        ],
    )


def test_models_join_few_others(graph: Manifest) -> None:
    """Models have few parents; many mean several concepts in one."""
    check(
        f"models with more than {_MOST_PARENTS} parents",
        [
            f"{model.label}: {len(graph.parents(model))}"
            for model in graph.models
            if len(graph.parents(model)) > _MOST_PARENTS
        ],
    )


# --- Performance -------------------------------------------------------------------------------


def test_no_long_chain_of_views(graph: Manifest) -> None:
    """Views are not stacked deeply, because each query would compute the whole chain."""
    check(
        f"chains of more than {_MOST_VIEWS_IN_A_ROW} views or ephemerals",
        [
            " > ".join(node.label for node in chain)
            for model in graph.models
            if len(chain := _chain(graph, model)) > _MOST_VIEWS_IN_A_ROW
        ],
    )


def test_exposures_read_tables(graph: Manifest) -> None:
    """Exposures read tables, so that people do not wait for a computation."""
    check(
        "exposures on views, ephemerals or sources",
        [
            f"{exposure.label} on {parent.label}"
            for exposure in graph.of_kind("exposure")
            for parent in graph.parents(exposure)
            if parent.materialized not in {"table", "incremental"}
        ],
    )


# --- Documentation -----------------------------------------------------------------------------


def test_every_model_is_described(graph: Manifest) -> None:
    """Each model, seed and snapshot has a description."""
    nodes = graph.of_kind("model", "seed", "snapshot")
    check("without a description", [node.label for node in nodes if not node.description])


def test_every_model_says_its_grain_first(graph: Manifest) -> None:
    """A description starts with the grain."""
    nodes = graph.of_kind("model", "seed", "snapshot")
    check(
        "descriptions that do not start with `One row per` or `One row:`",
        [n.label for n in nodes if not n.description.startswith(("One row per ", "One row: "))],
    )


def test_every_column_is_described(graph: Manifest) -> None:
    """Each documented column has a description; another test finds undocumented columns."""
    nodes = graph.of_kind("model", "seed", "snapshot", "source")
    check(
        "columns without a description",
        [
            f"{node.label}.{name}"
            for node in nodes
            for name, column in node.columns.items()
            if not str(column.get("description") or "").strip()
        ]
        + [f"{node.label}: no column at all" for node in nodes if not node.columns],
    )


def test_sources_are_described(graph: Manifest) -> None:
    """The source and each of its tables have a description."""
    check(
        "sources without a description",
        [s.label for s in graph.sources if not s.description]
        + [
            str(s.raw["source_name"])
            for s in graph.sources
            if not str(s.raw["source_description"]).strip()
        ],
    )


# --- Tests -------------------------------------------------------------------------------------


def test_every_model_has_its_key_tested(graph: Manifest) -> None:
    """Every model has one column that is unique and not null, or a unique combination."""
    check(
        "without a tested primary key",
        [m.label for m in graph.of_kind("model", "snapshot", "seed") if not graph.unique_keys(m)],
    )


def test_models_of_one_row_have_one_row(graph: Manifest) -> None:
    """One-row models have one row: a cross join with two would double, with none lose, all."""
    check(
        "models of one row without a test for `count(*) <> 1`",
        [
            model.label
            for model in graph.models
            if model.description.startswith("One row: ")
            and not any(_ONE_ROW.search(_test_sql(graph, test)) for test in _tests(graph, model))
        ],
    )


def test_every_model_is_tested(graph: Manifest) -> None:
    """Models, seeds and snapshots have at least one test each."""
    nodes = graph.of_kind("model", "seed", "snapshot")
    check("without a test", [node.label for node in nodes if not _tests(graph, node)])


def test_every_source_has_freshness(graph: Manifest) -> None:
    """Every source has freshness limits for warning and error, and a column or query to measure it.

    A `kept` table has requests, which have no rhythm: there may be none for years.
    """
    check(
        "sources without freshness",
        [
            source.label
            for source in graph.sources
            if not source.raw["config"]["meta"].get("kept")
            if not (source.raw.get("loaded_at_field") or source.raw.get("loaded_at_query"))
            or not all(
                ((source.raw.get("freshness") or {}).get(after) or {}).get("count")
                for after in ("warn_after", "error_after")
            )
        ],
    )


# --- Structure ---------------------------------------------------------------------------------


def test_models_are_named_by_layer(graph: Manifest) -> None:
    """Model names have a prefix per layer; analytics marts have business names."""
    check(
        "names that do not tell their layer",
        [m.label for m in graph.models if not _expected_folder(m.name)],
    )


def test_models_are_in_the_folder_of_their_name(graph: Manifest) -> None:
    """Models are in the folder that matches their name."""
    check(
        "models in a folder that their name does not tell",
        [
            f"{model.label} in {model.path.parent}"
            for model in graph.models
            if (folder := _expected_folder(model.name))
            and model.path.parts[1 : 1 + len(folder)] != folder
        ],
    )


def test_analytics_marts_are_the_declared_ones(graph: Manifest) -> None:
    """The declared list is exactly the files."""
    found = {m.name for m in graph.models if m.path.parts[1:3] == ("marts", "analytics")}
    assert found == ANALYTICS


def test_staging_models_are_named_after_their_table(graph: Manifest) -> None:
    """Staging models are named `stg_<source>__<table>`, and each such name has its table."""
    check(
        "staging models not named after their source table",
        [
            f"{model.label} on {source.label}"
            for source in graph.sources
            for model in graph.children(source, "model")
            if model.name != f"stg_{source.raw['source_name']}__{source.name}"
        ],
    )


def test_no_model_shares_a_source_tables_name(graph: Manifest) -> None:
    """No model has a source table's name, because the two would be confused."""
    tables = {source.name for source in graph.sources}
    nodes = graph.of_kind("model", "seed", "snapshot")
    check("named like a source table", [n.label for n in nodes if n.name in tables])


def test_yaml_stands_beside_its_model(graph: Manifest) -> None:
    """Each model has a `<model>.yml` in the same folder."""
    check(
        "models whose YAML is elsewhere",
        [
            f"{model.label}: {model.patch_path}"
            for model in graph.models
            if model.patch_path != model.path.with_name(f"{model.name}.yml")
        ],
    )


def test_sources_are_declared_in_the_staging_folder(graph: Manifest) -> None:
    """Sources are declared beside the models that read them."""
    check(
        "sources declared outside models/staging",
        [s.label for s in graph.sources if s.path.parts[:2] != ("models", "staging")],
    )


def test_generic_tests_stand_with_their_model(graph: Manifest) -> None:
    """Generic tests are in their model's YAML."""
    check(
        "tests in another file than their model's",
        [
            f"{test.name} in {test.path}"
            for model in graph.models
            for test in graph.generic_tests(model)
            if test.path != model.patch_path
        ],
    )


# --- Governance --------------------------------------------------------------------------------


def test_exposures_read_marts(graph: Manifest) -> None:
    """Exposures read marts only, and external ones only public marts."""
    check(
        "exposures on something else than a public mart",
        [
            f"{exposure.label} on {parent.label}"
            for exposure in graph.of_kind("exposure")
            for parent in graph.parents(exposure)
            if parent.layer != "marts" or parent.raw.get("access") != "public"
        ],
    )


def test_every_exposure_reads_something(graph: Manifest) -> None:
    """Every exposure has a parent."""
    exposures = graph.of_kind("exposure")
    check("exposures on nothing", [e.label for e in exposures if not graph.parents(e)])


def test_public_models_have_a_contract(graph: Manifest) -> None:
    """Public models have a contract, because others depend on their columns and types."""
    check(
        "public models without an enforced contract",
        [m.label for m in _public(graph) if not m.config.get("contract", {}).get("enforced")],
    )


def test_public_models_are_described_in_full(graph: Manifest) -> None:
    """Public models and all their columns are described."""
    check(
        "public models that are not described in full",
        [
            model.label
            for model in _public(graph)
            if not model.description
            or not model.columns
            or not all(column.get("description") for column in model.columns.values())
        ],
    )


def test_marts_are_public(graph: Manifest) -> None:
    """Marts are public, so the rules about public models apply to something."""
    check(
        "marts that are not public",
        [m.label for m in graph.layer("marts") if m.raw.get("access") != "public"],
    )


# --- How the rules read the graph --------------------------------------------------------------


def _edges(graph: Manifest, layer: str, parent_layer: str) -> list[str]:
    return [
        f"{model.label} on {parent.label}"
        for model in graph.layer(layer)
        for parent in graph.parents(model, "model")
        if parent.layer == parent_layer
    ]


def _rejoined(graph: Manifest) -> Iterator[str]:
    for middle in graph.of_kind("model", "snapshot"):
        children = graph.children(middle)
        if len(children) != 1:
            continue
        for ancestor in graph.parents(middle):
            if ancestor.id in children[0].parents:
                yield f"{ancestor.label} > {middle.label} > {children[0].label}"


def _leaves(graph: Manifest, model: Node) -> list[str]:
    return [
        child.label
        for child in graph.children(model, "model")
        if not graph.children(child, "model", "snapshot", "seed", "exposure")
    ]


def _chain(graph: Manifest, node: Node) -> list[Node]:
    """The longest chain of views and ephemeral models that ends with the node."""
    if node.kind != "model" or node.materialized not in {"view", "ephemeral"}:
        return []
    chains = (_chain(graph, parent) for parent in graph.parents(node))
    return [*max(chains, key=len, default=[]), node]


def _hard_coded(sql: str) -> list[str]:
    sql = hide_function_from(strip_jinja(sql))
    known = {JINJA, THIS, *(name.lower() for name in _CTE.findall(sql))}
    return [name for name in _FROM.findall(sql) if name.lower() not in known]


def _tests(graph: Manifest, node: Node) -> list[Node]:
    return list(itertools.chain(graph.generic_tests(node), graph.singular_tests(node)))


def _test_sql(graph: Manifest, test: Node) -> str:
    metadata = test.raw.get("test_metadata")
    if metadata is None:
        return str(test.raw["raw_code"])
    macros = {macro["name"]: macro["macro_sql"] for macro in graph.macros()}
    return f"{metadata['kwargs']} {macros.get('test_' + metadata['name'], '')}"


def _expected_folder(name: str) -> tuple[str, ...]:
    if name in ANALYTICS:
        return ("marts", "analytics")
    return next((folder for prefix, folder in _LAYERS.items() if name.startswith(prefix)), ())


def _public(graph: Manifest) -> list[Node]:
    return [model for model in graph.models if model.raw.get("access") == "public"]
