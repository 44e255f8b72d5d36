"""Writes a page of the report as one self-contained HTML file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from ecommerce_analytics.report.model import NAMES, Filter, Page, Panel, as_json

_ASSETS: Final = Path(__file__).with_name("assets")
_SCRIPTS: Final = ("format.js", "charts.js", "page.js")
# Values of a `state` or `verdict` column that are shown as bad.
_BAD: Final = ("failed", "error", "late", "differs", "skipped", "running")
# The page may run its own scripts and fetch nothing; the browser enforces it.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
)
_ICON: Final = (
    '<svg viewBox="0 0 20 20" aria-hidden="true">'
    '<rect x="1" y="10" width="4" height="9" rx="1" fill="var(--c0)"/>'
    '<rect x="8" y="5" width="4" height="14" rx="1" fill="var(--c1)"/>'
    '<rect x="15" y="1" width="4" height="18" rx="1" fill="var(--c2)"/></svg>'
)
_THEME: Final = (
    '<button class="theme" type="button" aria-label="Change between light and dark">'
    '<svg class="moon" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="2" stroke-linejoin="round"><path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 '
    '8.5 8.5 0 1 0 20 14.5Z"/></svg>'
    '<svg class="sun" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="2" stroke-linecap="round"><circle cx="12" cy="12" r="4.5"/><path d="M12 2v2.5M'
    "12 19.5V22M2 12h2.5M19.5 12H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8"
    '-1.8"/></svg></button>'
)


@dataclass(frozen=True)
class Frame:
    """What all pages of a report have in common.

    Attributes:
        pages: File name and title of each page, in the order of the navigation.
        currency: The currency of all orders, ISO 4217; empty if there are several, or none.
        as_of: A sentence with the last day of the figures.
        made_of: A sentence with their source.
    """

    pages: Sequence[tuple[str, str]]
    currency: str
    as_of: str
    made_of: str


def page_html(page: Page, frame: Frame) -> str:
    """A page as HTML.

    Args:
        page: Its content.
        frame: The common parts.

    Returns:
        A whole document with styles, scripts and data.
    """
    panels = "\n".join(_panel(panel) for panel in page.panels)
    data = {
        **as_json(page),
        "page": page.key,
        "currency": frame.currency,
        "bad": _BAD,
        "names": NAMES,
    }
    script = "\n".join(asset(name) for name in _SCRIPTS)
    main = f"""<div class="wrap">
<div class="intro"><div><h1>{escape(page.title)}</h1><p class="lead">{escape(page.lead)}</p></div>
<p class="as-of">{escape(frame.as_of)}</p></div>
{_filters(page.filters)}
<div class="grid" aria-busy="true">
{panels}
</div>
<noscript><p class="nothing">This page needs JavaScript: its own script draws the figures.
</p></noscript>
</div>
<script>
"use strict";
(() => {{
const DATA = {_inert(data)};
{script}
}})();
</script>"""
    return document(page.title, main, frame, current=f"{page.key}.html")


def document(title: str, main: str, frame: Frame, *, current: str = "", styles: str = "") -> str:
    """A document with the report's head, navigation and foot.

    Args:
        title: The page's title.
        main: Its content, as HTML.
        frame: The common parts.
        current: Its file name, if it is in the navigation.
        styles: Additional CSS.

    Returns:
        The document.
    """
    links = "".join(
        f'<a href="{name}"{" aria-current=page" if name == current else ""}>{escape(label)}</a>'
        for name, label in frame.pages
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="referrer" content="no-referrer">
<title>{escape(title)} · Shop report</title>
<style>
{asset("report.css")}{styles}</style>
<script>
{asset("theme.js")}</script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="wrap">
<a class="brand" href="index.html">{_ICON}Shop report</a>
<nav class="pages" aria-label="Pages">{links}</nav>
{_THEME}
</div></header>
<main id="main">
{main}
</main>
<footer class="foot"><div class="wrap"><p>{escape(frame.made_of)}</p></div></footer>
</body>
</html>
"""


@cache
def asset(name: str) -> str:
    """The text of a file in `assets/`."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def _inert(data: object) -> str:
    """JSON that cannot end the surrounding script."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _filters(filters: Sequence[Filter]) -> str:
    if not filters:
        return ""
    selects = "".join(
        f'<label for="filter-{chosen.key}">{escape(chosen.label)}'
        f'<select id="filter-{chosen.key}">{_options(chosen)}</select></label>'
        for chosen in filters
    )
    return (
        '<div class="filters"><form aria-label="Filters">'
        f'{selects}<button class="button" type="reset">Reset</button></form></div>'
    )


def _options(chosen: Filter) -> str:
    return "".join(
        f'<option value="{escape(option.key)}"'
        f"{' selected' if option.key == chosen.default else ''}>{escape(option.label)}</option>"
        for option in chosen.options
    )


def _panel(panel: Panel) -> str:
    title, note = escape(panel.title), escape(panel.note)
    if panel.chart == "cards":
        return (
            f'<section class="panel bare w{panel.width}" id="{panel.key}" aria-label="{title}">'
            f'<div class="figure"></div><p class="note" style="margin:8px 2px 0">{note}</p>'
            "</section>"
        )
    table = '<div class="table"></div>'
    if panel.chart:
        table = f'<details class="data"><summary>Table and CSV</summary>{table}</details>'
    return (
        f'<section class="panel w{panel.width}" id="{panel.key}" '
        f'aria-labelledby="{panel.key}-title"><header><h2 id="{panel.key}-title">{title}</h2>'
        f'<span class="chip"></span></header><p class="note">{note}</p>'
        f'<figure class="figure"></figure>{table}</section>'
    )
