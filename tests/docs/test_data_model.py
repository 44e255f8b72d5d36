"""docs/data-model.md matches the project's YAML."""

import re
from pathlib import Path

import pytest

from ecommerce_analytics.docs import data_model
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import DBT_PROJECT, ROOT


def test_the_page_is_up_to_date() -> None:
    """The page is up to date with renamed models and new relations."""
    page = data_model.PAGE.read_text(encoding="utf-8")
    assert page == data_model.render(page), (
        "docs/data-model.md is out of date; run: python -m ecommerce_analytics.docs.data_model"
    )


def test_every_model_is_on_the_page() -> None:
    """Each SQL file is linked; a model in a new folder needs its own section."""
    page = data_model.PAGE.read_text(encoding="utf-8")
    files = {path.relative_to(ROOT).as_posix() for path in (DBT_PROJECT / "models").rglob("*.sql")}
    assert {file for file in files if f"(../{file})" not in page} == set()


def test_every_relationships_test_of_a_mart_is_a_line() -> None:
    """Every relationships test of a mart is a line, counted independently in the YAML text."""
    found = "\n".join(
        path.read_text(encoding="utf-8") for path in (DBT_PROJECT / "models/marts").rglob("*.yml")
    )
    page = data_model.PAGE.read_text(encoding="utf-8")
    drawn = re.findall(r"^    \w+ (?:\|\||\|o)--(?:o\{|o\|) \w+ : \w+$", page, re.MULTILINE)
    assert len(drawn) == len(set(drawn)) == len(re.findall(r"- relationships:", found))


def test_a_line_says_whether_the_column_may_be_null_or_repeat() -> None:
    """A line shows whether the column may be null or repeat, in all three forms."""
    found = {(r.child, r.column): r for r in data_model.relations(data_model.read_models())}
    header = found["fact_order_items", "order_id"]
    assert (header.parent, header.field) == ("fact_orders", "order_id")
    assert (header.nullable, header.unique) == (False, False)
    assert found["customer_analytics", "last_order_date"].nullable
    assert found["product_performance", "product_key"].unique


def test_a_diagram_is_mermaid() -> None:
    """Unsupported characters in types are removed, and an end without a box stays."""
    relation = data_model.Relation("fact", "a_key", "dim", "a_key", nullable=True, unique=False)
    model = data_model.Model(
        name="fact",
        version=None,
        layer="marts/core",
        path=Path("fact.sql"),
        description="One row per thing.",
        materialized="table",
        group="finance",
        keys=(
            data_model.Key("a_key", "numeric(18,0)", "PK, FK"),
            data_model.Key("b_key", "{{ 'text' if target.type == 'x' else 'string' }}", "FK"),
        ),
        relations=(relation,),
    )
    assert data_model.diagram([model], [relation]).splitlines() == [
        "```mermaid",
        "erDiagram",
        "    dim |o--o{ fact : a_key",
        "    fact {",
        "        numeric a_key PK, FK",
        "        string b_key FK",
        "    }",
        "```",
    ]


def test_a_page_without_markers_is_refused() -> None:
    """A page without markers raises an error, because it would look up to date."""
    with pytest.raises(EcomError, match="generated: sources"):
        data_model.render("# Data model\n")
