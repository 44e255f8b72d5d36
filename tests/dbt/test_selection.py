"""Any model with its parents can be selected and built on an empty warehouse."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from dbt.cli.main import dbtRunner
from dbt.compilation import Linker
from dbt.contracts.graph.manifest import Manifest
from dbt.graph.cli import parse_difference
from dbt.graph.graph import Graph
from dbt.graph.selector import NodeSelector

from conftest import Dbt
from ecommerce_analytics.dbt_runner import parse
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.paths import DBT_PROJECT
from parses import handed_on

# One of each layer, those with the most tests that read other models.
_BUILT = (
    "stg_ecommerce__orders",
    "int_orders__sequence",
    "dim_products",
    "fact_order_items",
    "customer_analytics",
)

Selection = Callable[[str], set[str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The parsed project for dbt's selection."""
    return parse(handed_on(DuckDBEngine(tmp_path_factory.mktemp("parsed") / "warehouse.duckdb")))


@pytest.fixture(scope="module")
def selected(project: Manifest) -> Selection:
    """The unique ids that dbt selects, with the project's own flags."""
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    # Sets dbt's flags, as every selecting command does.
    silent = ["--quiet", "--log-level-file", "none"]
    dbtRunner(project).invoke(["ls", *silent, "--resource-type", "exposure", *folders])
    linker = Linker()
    linker.link_graph(project)
    selector = NodeSelector(Graph(linker.graph), project)
    return lambda words: set(selector.get_selected(parse_difference([words], [])))


def test_a_model_with_its_parents_needs_nothing_else(
    project: Manifest, selected: Selection
) -> None:
    """Selected tests read only selected models, because others are not built."""
    models = [node for key, node in project.nodes.items() if key.startswith("model.")]
    assert len(models) > 50
    missing = {}
    for model in models:
        chosen = selected(f"+{model.name}")
        assert model.unique_id in chosen
        for key in chosen:
            node = project.nodes.get(key) or project.unit_tests.get(key)
            needed = {
                parent
                for parent in (node.depends_on_nodes if node else ())
                if not parent.startswith(("source.", "macro."))
            }
            if needed - chosen:
                missing[model.name, key] = needed - chosen
    assert not missing


def test_tests_of_the_chosen_model_still_run(project: Manifest, selected: Selection) -> None:
    """Selecting a single model still runs its tests that need only upstream models."""
    chosen = selected("fact_order_items")
    tests = [node for key in chosen if (node := project.nodes.get(key))]
    assert [node for node in tests if set(node.depends_on_nodes) - chosen]


@pytest.mark.parametrize("model", _BUILT)
def test_it_is_built_on_a_fresh_warehouse(model: str, small_shop_dir: Path, tmp_path: Path) -> None:
    """The selection builds on a fresh warehouse with all tests, and nothing is skipped."""
    dbt = Dbt(tmp_path)
    dbt.load(small_shop_dir)
    result = dbt.succeed("build", "--select", f"+{model}")
    statuses = {r["status"] for r in result.artifacts["run_results"]["results"]}
    assert statuses <= {"success", "pass", "no-op"}


def test_the_selectors_choose_like_the_project() -> None:
    """Selectors use the project's indirect selection by default; none overrides it."""
    text = (DBT_PROJECT / "selectors.yml").read_text(encoding="utf-8")
    assert "indirect_selection" not in text
    flags = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["flags"]
    assert flags["indirect_selection"] == "buildable"
