"""The documentation's Markdown pages as HTML pages of the site."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ecommerce_analytics.paths import ROOT
from ecommerce_analytics.site.diagram import draw

_DOCS: Final = ROOT / "docs"
_IMAGES: Final = {".png": "image/png", ".svg": "image/svg+xml"}
# Titles and leads of pages whose first lines do not work as a summary.
_SAID: Final = {
    "docs/without-ecom.md": (
        "Without ecom",
        "What each ecom command does, and what to do instead, for people who only use dbt.",
    ),
    "docs/report.md": ("The report", "The dashboard's pages, and how to read and extend them."),
    "docs/bi.md": (
        "Other dashboards",
        "Metabase, Superset, Lightdash and Power BI on the marts, and a dashboard as code.",
    ),
    "docs/clv.md": (
        "Predicted lifetime value",
        "Who is still a customer, and what each will buy in the next year.",
    ),
    "docs/living-shop.md": (
        "A week of the shop's life",
        "Seven days of changes, loaded and built day by day.",
    ),
    "docs/semantic-layer.md": (
        "Semantic layer",
        "Query each metric by any reachable dimension with MetricFlow.",
    ),
    "docs/decisions/README.md": (
        "Decision records",
        "Why the project is built as it is: context, decision, consequence.",
    ),
    "benchmarks/README.md": (
        "How the benchmarks measure",
        "What is timed, how often, and compared with what.",
    ),
    "benchmarks/RESULTS.md": (
        "Benchmarks",
        "Each command's time compared with the engine's own, and a day's with a rebuild's.",
    ),
}
_WORDS: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Guide:
    """A Markdown file that becomes a page."""

    source: Path
    name: str
    title: str
    lead: str


def guides() -> tuple[Guide, ...]:
    """Every page of `docs/`, the decisions and the benchmarks, by file name."""
    files = [path for path in sorted(_DOCS.glob("*.md")) if path.name != "README.md"]
    named = {path: f"guide-{path.stem}.html" for path in files}
    decisions = _DOCS / "decisions"
    named[decisions / "README.md"] = "guide-decisions.html"
    for path in sorted(decisions.glob("0*.md")):
        named[path] = f"decision-{path.stem}.html"
    benchmarks = ROOT / "benchmarks"
    named[benchmarks / "RESULTS.md"] = "guide-benchmarks.html"
    named[benchmarks / "README.md"] = "guide-benchmarks-how.html"
    return tuple(_guide(path, name) for path, name in named.items())


def render(guide: Guide, names: Mapping[Path, str]) -> str:
    """A guide as HTML.

    Args:
        guide: The page.
        names: The file name of every page of the site, by its Markdown file.

    Returns:
        Its content. Links to pages of the site are kept, links to repository files become plain
        text; pictures are embedded, diagrams are drawn.
    """
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(guide.source.read_text(encoding="utf-8"))
    for i, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(tokens[i + 1].content))
        if token.type == "inline":
            token.children = _linked(token.children or [], guide.source, names)
    diagrams = 0
    html = []
    for token in tokens:
        if token.type == "fence" and token.info == "mermaid":
            diagrams += 1
            html.append(draw(token.content, f"{guide.title}, diagram {diagrams}"))
        else:
            html.append(parser.renderer.render([token], parser.options, {}))
    # Wide tables and code scroll sideways within the page.
    text = "".join(html).replace("<table>", f"{_scroll('Table')}<table>")
    text = text.replace("</table>", "</table></div>")
    return text.replace("<pre>", '<pre tabindex="0">')


def _scroll(label: str) -> str:
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'


def _guide(path: Path, name: str) -> Guide:
    said = _SAID.get(path.relative_to(ROOT).as_posix())
    if said:
        return Guide(path, name, *said)
    text = path.read_text(encoding="utf-8")
    title = text.splitlines()[0].removeprefix("# ")
    paragraphs = [part.strip() for part in text.split("\n\n")[1:]]
    words = (part for part in paragraphs if part and not part.startswith(("```", *"#|-<!")))
    lead = next(words, "")
    sentence = re.split(r"(?<=[.:])\s", " ".join(lead.split()))[0]
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", sentence).replace("`", "").replace("**", "")
    return Guide(path, name, title, f"{plain[:1].upper()}{plain[1:].rstrip(':.')}.")


def _anchor(heading: str) -> str:
    return _WORDS.sub("", heading.lower()).replace(" ", "-")


def _linked(tokens: list[Token], page: Path, names: Mapping[Path, str]) -> list[Token]:
    """The tokens with links resolved and pictures embedded."""
    kept: list[Token] = []
    dropped: list[bool] = []
    for token in tokens:
        if token.type == "image":
            token.attrSet("src", _data_uri(page.parent / str(token.attrGet("src"))))
        elif token.type == "link_open":
            target = _target(str(token.attrGet("href")), page, names)
            dropped.append(target is None)
            if target is None:
                continue
            token.attrSet("href", target)
        elif token.type == "link_close" and dropped.pop():
            continue
        kept.append(token)
    return kept


def _target(href: str, page: Path, names: Mapping[Path, str]) -> str | None:
    """The link's target in the site; null for a file of the repository."""
    if re.match(r"[a-z]+:", href):
        return href
    path, _, anchor = href.partition("#")
    linked = (page.parent / path).resolve() if path else page
    if linked == (_DOCS / "README.md").resolve() or linked == (ROOT / "README.md").resolve():
        return "index.html"
    if linked.is_dir():
        linked = linked / "README.md"
    name = names.get(linked)
    if name is None:
        return None
    return f"{name}#{anchor}" if anchor else name


def _data_uri(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    return f"data:{_IMAGES[path.suffix]};base64,{data}"
