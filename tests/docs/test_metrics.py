"""docs/metrics.md names columns and vars that exist, and every attribution model."""

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
    """A renamed column must be renamed on the page."""
    named = re.findall(r"`(\w+)\.(\w+)`", _PAGE)
    assert len(named) > 50
    missing = [f"{m}.{c}" for m, c in named if c not in _columns().get(m, set())]
    assert missing == []


def test_every_default_is_the_projects() -> None:
    """The limits in the text are those of dbt_project.yml."""
    project = _load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    for name in ("customer_at_risk_days", "customer_vip_amount", "customer_active_days"):
        assert f"`{name}`, {project['vars'][name]} |" in _PAGE
    window, half_life = (
        project["vars"][f"attribution_{name}_days"] for name in ("window", "half_life")
    )
    assert f"in the {window} days\n(`attribution_window_days`)" in _PAGE
    assert f"every {half_life} whole days before the order (`attribution_half_life_days`)" in _PAGE


def test_every_attribution_model_is_defined() -> None:
    """The page lists the models of the one macro that holds their rules."""
    macro = (DBT_PROJECT / "macros/shop/attribution_weights.sql").read_text(encoding="utf-8")
    models = re.findall(r"^ +'(\w+)':", macro, re.MULTILINE)
    assert models
    assert [model for model in models if f"| `{model}` |" not in _PAGE] == []


def test_every_segment_and_status_is_defined() -> None:
    """The values that the models can give are those that their tests accept."""
    path = DBT_PROJECT / "models/marts/analytics/customer_analytics.yml"
    accepted = re.findall(r"values: \[(.*)\]", path.read_text(encoding="utf-8"))
    values = [value for line in accepted for value in re.findall("'([^']+)'", line)]
    assert values
    assert [v for v in values if f"| {v} |" not in _PAGE and f"| `{v}` |" not in _PAGE] == []
