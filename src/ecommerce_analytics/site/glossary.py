"""The semantic layer's metrics as a searchable table."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from ecommerce_analytics.paths import DBT_PROJECT
from ecommerce_analytics.report.model import ALL, Cells, Column, Filter, Option, Page, Panel

_SEMANTIC: Final = DBT_PROJECT / "models" / "semantic"


def glossary() -> Page:
    """The page of all metrics by domain, from the YAML files."""
    found = [
        (path.parent.name, metric)
        for path in sorted(_SEMANTIC.rglob("*metrics.yml"))
        for metric in yaml.safe_load(path.read_text(encoding="utf-8"))["metrics"]
    ]
    domains = sorted({domain for domain, _ in found})
    options = (Option(domain, domain.capitalize()) for domain in domains)
    return Page(
        "glossary",
        "Metric glossary",
        "Each metric with its name for mf query, its meaning and its formula.",
        (Filter("domain", "Domain", (Option(ALL, "All domains"), *options)),),
        (
            Panel(
                "metrics",
                "Metrics",
                "Query one with: mf query --metrics net_sales --group-by metric_time__month.",
                (
                    Column("label", "Metric"),
                    Column("name", "Name"),
                    Column("domain", "Domain", filter="domain", obey="within"),
                    Column("type", "Type"),
                    Column("meaning", "Meaning"),
                    Column("formula", "Formula"),
                ),
                list(_rows(found)),
                width=12,
                shown_rows=500,
            ),
        ),
    )


def _rows(found: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Cells]:
    for domain, metric in found:
        yield (
            metric["label"],
            metric["name"],
            domain,
            metric["type"],
            " ".join(metric["description"].split()),
            _formula(metric["type"], metric["type_params"]),
        )


def _formula(kind: str, parts: Mapping[str, Any]) -> str:
    """A metric's formula in one line."""
    if kind == "ratio":
        return f"{_name(parts['numerator'])} / {_name(parts['denominator'])}"
    if kind == "derived":
        return str(parts["expr"])
    if kind == "conversion":
        inner = parts["conversion_type_params"]
        return f"{_name(inner['conversion_measure'])} after {_name(inner['base_measure'])}"
    measure = f"measure {_name(parts['measure'])}"
    if kind == "cumulative":
        how = parts.get("cumulative_type_params", {})
        since = how.get("window", "")
        if "grain_to_date" in how:
            since = f"the {how['grain_to_date']}"
        return f"{measure}, over {since}" if since else f"{measure}, since the start"
    return measure


def _name(part: Any) -> str:
    return str(part["name"]) if isinstance(part, dict) else str(part)
