"""Writes the whole site: report, guides, glossary, lineage and dbt's documentation."""

import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.report.html import document, page_html
from ecommerce_analytics.report.model import Column, Filter, Option, Page, Panel
from ecommerce_analytics.report.reader import Reader
from ecommerce_analytics.report.write import (
    Report,
    index_html,
    page_texts,
    read_frame,
    tile,
    write_files,
)
from ecommerce_analytics.site.dbt_docs import generate, standalone
from ecommerce_analytics.site.glossary import glossary
from ecommerce_analytics.site.guides import Guide, guides, render
from ecommerce_analytics.site.lineage import ColumnName, Lineage, column_lineage, sources_of

# The first guides on the index; the others follow by file name.
_FIRST: Final = ("tour", "features", "quickstart", "report", "data-model", "metrics")


def write_site(engine: Engine, out: Path) -> Report:
    """Write the report and the documentation.

    Args:
        engine: A built warehouse.
        out: The directory; other files in it stay.

    Returns:
        What was written.

    Raises:
        EcomError: The warehouse cannot be read, or dbt cannot document it.
    """
    started = time.perf_counter()
    frame = read_frame(Reader(engine))
    texts = page_texts(engine, frame)
    with tempfile.TemporaryDirectory(prefix="ecom-site-") as target:
        artifacts = generate(engine, Path(target))
    lineage = column_lineage(artifacts.manifest, artifacts.catalog)
    texts["dbt.html"] = standalone(artifacts)
    texts["lineage.html"] = page_html(lineage_page(lineage, artifacts.manifest), frame)
    texts["glossary.html"] = page_html(glossary(), frame)
    listed = guides()
    names = {guide.source: guide.name for guide in listed}
    for guide in listed:
        main = f'<div class="wrap"><article class="prose">{render(guide, names)}</article></div>'
        texts[guide.name] = document(guide.title, main, frame)
    texts["index.html"] = index_html(frame, _sections(listed))
    return Report(write_files(out, texts), time.perf_counter() - started)


def lineage_page(lineage: Lineage, manifest: Mapping[str, Any]) -> Page:
    """The column lineage page.

    Args:
        lineage: From `column_lineage`.
        manifest: dbt's manifest, for the descriptions.

    Returns:
        The page, with a filter by model.
    """
    described = {
        (str(node["name"]), name): " ".join(column["description"].replace("`", "").split())
        for node in manifest["nodes"].values()
        for name, column in node.get("columns", {}).items()
    }
    models = list(dict.fromkeys(column.relation for column in lineage))
    used: dict[ColumnName, list[ColumnName]] = {}
    for column, origins in lineage.items():
        for origin in origins:
            used.setdefault(origin, []).append(column)
    rows = [
        (
            column.relation,
            column.column,
            described.get((column.relation.split(".")[0], column.column), ""),
            _joined(lineage[column]) or "counts rows, or is constant",
            _joined(end for end in sources_of(lineage, column) if end != column),
            _joined(used.get(column, ())),
        )
        for column in lineage
    ]
    options = tuple(Option(model, model) for model in sorted(models))
    default = "customer_analytics" if "customer_analytics" in models else options[0].key
    return Page(
        "lineage",
        "Column lineage",
        "The origins of each column, read from the compiled SQL: the columns of its expression, "
        "not those that only filter or join.",
        (Filter("model", "Model", options, default),),
        (
            Panel(
                "columns",
                "Columns",
                "Direct origins, the source columns they come from, and the columns that use it.",
                (
                    Column("model", "Model", filter="model", shown=False),
                    Column("column", "Column"),
                    Column("meaning", "Meaning"),
                    Column("from", "Origins"),
                    Column("sources", "Sources"),
                    Column("used", "Used by"),
                ),
                rows,
                width=12,
                shown_rows=100,
            ),
        ),
    )


def _joined(columns: Iterable[ColumnName]) -> str:
    """Columns by relation: `orders: order_id, tax_total; refunds: tax_amount`."""
    by_relation: dict[str, list[str]] = {}
    for column in sorted(columns):
        by_relation.setdefault(column.relation, []).append(column.column)
    return "; ".join(f"{name}: {', '.join(found)}" for name, found in by_relation.items())


def _sections(listed: Sequence[Guide]) -> str:
    generated = (
        (
            "dbt.html",
            "dbt's documentation",
            "Every model, column and test, with the lineage graph.",
        ),
        ("lineage.html", "Column lineage", "The origins of each column, back to the sources."),
        ("glossary.html", "Metric glossary", "Each metric's meaning and formula."),
    )
    stems = [guide.source.stem for guide in listed]
    ordered = sorted(
        (guide for guide in listed if guide.name.startswith("guide-")),
        key=lambda guide: (
            _FIRST.index(guide.source.stem) if guide.source.stem in _FIRST else len(_FIRST),
            stems.index(guide.source.stem),
        ),
    )
    cards = [*generated, *((guide.name, guide.title, guide.lead) for guide in ordered)]
    tiles = "".join(tile(*card) for card in cards)
    return f'<h2 id="documentation">Documentation</h2><ul class="tiles">{tiles}</ul>'
