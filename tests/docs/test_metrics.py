"""docs/metrics.md names existing columns and vars, and every attribution model."""

import re
from functools import cache
from typing import Any

import yaml

from ecommerce_analytics.paths import DBT_PROJECT, ROOT

_PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


@cache
def _columns() -> dict[str, set[str]]:
    """The columns of each model."""
    return {
        model["name"]: {column["name"] for column in model.get("columns", ())}
        for path in (DBT_PROJECT / "models").rglob("*.yml")
        for model in _load(path.read_text(encoding="utf-8")).get("models", ())
    }


def _load(text: str) -> dict[str, Any]:
    return dict(yaml.safe_load(text) or {})


def test_every_column_exists() -> None:
    """Every column on the page exists."""
    named = re.findall(r"`(\w+)\.(\w+)`", _PAGE)
    assert len(named) > 50
    missing = [f"{m}.{c}" for m, c in named if c not in _columns().get(m, set())]
    assert missing == []


def test_every_default_is_the_projects() -> None:
    """The limits in the text are the defaults of dbt_project.yml."""
    project = _load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    for name in ("customer_at_risk_days", "customer_vip_amount", "customer_active_days"):
        assert f"`{name}`, {project['vars'][name]} |" in _PAGE
    window, half_life = (
        project["vars"][f"attribution_{name}_days"] for name in ("window", "half_life")
    )
    assert f"in the {window} days\n(`attribution_window_days`)" in _PAGE
    assert f"every {half_life} whole days before the order (`attribution_half_life_days`)" in _PAGE


def test_every_attribution_model_is_defined() -> None:
    """The page lists the attribution models of the macro that defines them."""
    macro = (DBT_PROJECT / "macros/shop/attribution_weights.sql").read_text(encoding="utf-8")
    models = re.findall(r"^ +'(\w+)':", macro, re.MULTILINE)
    assert models
    assert [model for model in models if f"| `{model}` |" not in _PAGE] == []


def test_every_segment_and_status_is_defined() -> None:
    """The page lists exactly the values that the models' tests accept."""
    path = DBT_PROJECT / "models/marts/analytics/customer_analytics.yml"
    [model] = _load(path.read_text(encoding="utf-8"))["models"]
    values = [
        value
        for column in model["columns"]
        for test in column.get("data_tests", ())
        if isinstance(test, dict) and "accepted_values" in test
        for value in test["accepted_values"]["arguments"]["values"]
    ]
    assert len(values) > 10
    assert [v for v in values if f"| {v} |" not in _PAGE and f"| `{v}` |" not in _PAGE] == []


def _section(heading: str) -> str:
    return _PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def _first_cells(text: str) -> list[str]:
    cells = re.findall(r"^\| ([^|]+?) \|", text, re.MULTILINE)
    return [cell for cell in cells if not cell.startswith(("metric", "model", "---"))]


def test_every_metric_is_held_against_other_tools() -> None:
    """Each metric of the glossary is compared with other tools, or noted as unique."""
    glossary, others = _PAGE.split("\n## Beside other tools\n")
    rows = re.findall(r"^\| ([^|]+) \|(?: [^|]*\|){2} `\w+\.", glossary, re.MULTILINE)
    names = [name.strip("*") for name in rows if not name.startswith("`")]
    assert len(names) > 60
    held = {name for cell in _first_cells(others) for name in cell.split("; ")}
    assert [name for name in names if name not in held] == []
    assert held - {*names, "Attribution models", "RFM", "Week"} == set()


def test_every_model_has_its_grain() -> None:
    """A metric's column names its model, and the model's line its grain."""
    models = {model for model, _ in re.findall(r"`(\w+)\.(\w+)`", _PAGE)}
    grains = {cell.strip("`") for cell in _first_cells(_section("Grain"))}
    assert models == grains
