"""Each consumer has an exposure with exactly the marts that it reads."""

import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from conftest import Artifact
from ecommerce_analytics import attribution_score, clv, issues, summary
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.report.reader import Reader
from ecommerce_analytics.report.write import PAGES

_PREFIX = "report_"


@pytest.mark.parametrize("page", PAGES)
def test_an_exposure_names_what_its_page_reads(
    page: str, warehouse: Path, manifest: Artifact
) -> None:
    """An exposure's references are those of its page's queries."""
    reader = Reader(DuckDBEngine(warehouse))
    PAGES[page][1](reader)
    exposure = manifest["exposures"][f"exposure.ecommerce_analytics.{_PREFIX}{page}"]
    named = {node.split(".")[2] for node in exposure["depends_on"]["nodes"]}
    assert named == reader.models


def test_every_page_has_an_exposure_and_the_reverse(manifest: Artifact) -> None:
    """Every page has an exposure with an owner, a maturity and its address, and vice versa."""
    exposures = {
        exposure["name"].removeprefix(_PREFIX): exposure
        for exposure in manifest["exposures"].values()
        if exposure["name"].startswith(_PREFIX)
    }
    assert set(exposures) == set(PAGES)
    for page, exposure in exposures.items():
        assert exposure["type"] == "dashboard"
        assert exposure["maturity"]
        assert exposure["owner"]["email"]
        assert exposure["url"].endswith(f"/{page}.html")


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("shop_summary", (summary, issues)),
        ("clv_fit", (clv,)),
        ("attribution_scores", (attribution_score,)),
    ],
)
def test_an_exposure_names_what_its_command_reads(
    name: str, modules: tuple[ModuleType, ...], manifest: Artifact
) -> None:
    """A command's exposure has the marts in its modules' SQL."""
    exposure = manifest["exposures"][f"exposure.ecommerce_analytics.{name}"]
    named = {node.split(".")[2] for node in exposure["depends_on"]["nodes"]}
    sources = "".join(map(inspect.getsource, modules))
    assert named == set(re.findall(r"\bmarts\.(\w+)", sources))
    assert exposure["owner"]["email"]
