"""Builds the report's pages from a warehouse and writes them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Final

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.private import readable
from ecommerce_analytics.report.customers import customers
from ecommerce_analytics.report.html import Frame, document, page_html
from ecommerce_analytics.report.marketing import marketing
from ecommerce_analytics.report.model import Page
from ecommerce_analytics.report.operations import operations
from ecommerce_analytics.report.overview import overview
from ecommerce_analytics.report.products import products
from ecommerce_analytics.report.quality import quality
from ecommerce_analytics.report.reader import Reader

# The pages in the order of the navigation, by the name of the function that builds each.
PAGES: Final[Mapping[str, tuple[str, Callable[[Reader], Page]]]] = {
    "overview": ("Overview", overview),
    "customers": ("Customers", customers),
    "products": ("Products", products),
    "operations": ("Orders", operations),
    "marketing": ("Marketing", marketing),
    "quality": ("Data quality", quality),
}
_LEADS: Final = {
    "overview": "How the shop is doing, and what changed.",
    "customers": "Who buys, who comes back, who is about to leave.",
    "products": "Sales, margins, returns, stock, and what is bought together.",
    "operations": "From gross to total, weekdays, refunds, delivery times.",
    "marketing": "Spend, and the revenue each attribution model credits.",
    "quality": "Irregular source rows, the last build's tests, totals that agree.",
}
_TO_COME: Final = (
    '<h2 id="documentation">Documentation</h2><p class="lead">Not written yet: '
    "<code>make site</code> adds dbt's documentation, the column lineage, the glossary and the "
    "guides.</p>"
)
# Markers of the index section that `ecom site` writes and `ecom report` keeps.
_BEGIN: Final = "<!-- documentation -->"
_END: Final = "<!-- end of documentation -->"
_ENGINES: Final = {
    "duckdb": "DuckDB",
    "postgres": "PostgreSQL",
    "spark": "Spark",
    "spark_cluster": "Spark",
}
_FRAME: Final = """
select max(order_date), min(currency), count(distinct currency)
from {{ ref('fact_orders') }}
where is_valid
"""


@dataclass(frozen=True)
class Report:
    """The files written, with sizes in bytes, and the seconds taken."""

    files: Mapping[Path, int]
    seconds: float


def write_report(engine: Engine, out: Path) -> Report:
    """Write the report of a built warehouse.

    Files are written only after every page is complete, and each is replaced atomically.

    Args:
        engine: The warehouse.
        out: The directory; other files in it stay.

    Returns:
        What was written.

    Raises:
        EcomError: The warehouse cannot be read, or has not all the marts yet.
    """
    started = time.perf_counter()
    frame = read_frame(Reader(engine))
    texts = page_texts(engine, frame)
    texts["index.html"] = index_html(frame, _documentation(out))
    return Report(write_files(out, texts), time.perf_counter() - started)


def page_texts(engine: Engine, frame: Frame) -> dict[str, str]:
    """Every page as HTML, by file name.

    Raises:
        EcomError: The warehouse cannot be read, or has not all the marts yet.
    """
    return {f"{page.key}.html": page_html(page, frame) for page in read_pages(engine)}


def index_html(frame: Frame, more: str) -> str:
    """The page that links to all others.

    Args:
        frame: The common parts.
        more: HTML after the links to the report's pages.

    Returns:
        The document.
    """
    tiles = "".join(tile(f"{key}.html", title, _LEADS[key]) for key, (title, _) in PAGES.items())
    main = (
        '<div class="wrap landing"><div class="intro"><div><h1>The shop, and how it is measured'
        '</h1><p class="lead">Pages that open from a file: no server, no network.</p></div>'
        f'<p class="as-of">{escape(frame.as_of)}</p></div><h2>Report</h2>'
        f'<ul class="tiles">{tiles}</ul>{_BEGIN}{more}{_END}</div>'
    )
    return document("Contents", main, frame)


def tile(address: str, title: str, sentence: str) -> str:
    """A list item with a link and a sentence."""
    return (
        f'<li><a href="{escape(address)}"><b>{escape(title)}</b>'
        f"<span>{escape(sentence)}</span></a></li>"
    )


def _documentation(out: Path) -> str:
    """The index's documentation section, if `ecom site` has written it."""
    index = out / "index.html"
    if not index.exists():
        return _TO_COME
    _, _, rest = index.read_text(encoding="utf-8").partition(_BEGIN)
    written, end, _ = rest.partition(_END)
    return written if end else _TO_COME


def read_pages(engine: Engine) -> tuple[Page, ...]:
    """Every page of the report; no query runs twice.

    Raises:
        EcomError: The warehouse cannot be read, or has not all the marts yet.
    """
    reader = Reader(engine)
    return tuple(build(reader.again()) for _, build in PAGES.values())


def read_frame(reader: Reader) -> Frame:
    """The common parts of all pages: navigation, currency, and the figures' last day."""
    [(last_day, currency, currencies)] = reader.rows(_FRAME)
    return Frame(
        (
            *((f"{key}.html", title) for key, (title, _) in PAGES.items()),
            ("index.html#documentation", "Docs"),
        ),
        currency if currencies == 1 else "",
        _until(last_day),
        f"Made by ecom report from the marts on {_ENGINES[reader.target]}. Valid orders only: no "
        "tests, not cancelled. The pages contain totals and no personal data, and use no network.",
    )


@readable()
def write_files(out: Path, texts: Mapping[str, str]) -> Mapping[Path, int]:
    """Write texts to files of a directory, each replaced atomically; returns sizes by path.

    Raises:
        EcomError: The directory cannot be created or written.
    """
    written = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            path, data = out / name, text.encode()
            part = path.with_name(f"{name}.part")
            part.write_bytes(data)
            part.replace(path)
            written[path] = len(data)
    except OSError as error:
        raise EcomError(
            f"cannot write {out}: {error.strerror}; name another directory: --out DIR"
        ) from error
    return written


def _until(last_day: date | None) -> str:
    if last_day is None:
        return "The shop has no order yet."
    return f"As of {last_day:%B} {last_day.day}, {last_day.year}, the last order's day."
