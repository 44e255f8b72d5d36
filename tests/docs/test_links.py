"""Every link works, and every file named in a page exists."""

import re
from pathlib import Path
from typing import Final

import pytest

from docs.pages import DOCS, inline_code, links, pages, read
from ecommerce_analytics.paths import DBT_PROJECT, ROOT

# Files that the commands or the reader create, which do not exist yet.
_MADE: Final = ("data/", "site/", "exports/", ".venv/", "dbt_project/target/", "dbt_project/logs/")
_OURS: Final = ("src", "tests", "docs", "docker", "dbt_project/models", "dbt_project/macros")
_PATH: Final = re.compile(r"[\w.-]*(?:/[\w.-]+)+/?|[\w-]+\.(?:md|py|sql|yml|yaml|csv|toml|txt)")


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub creates for a page's headings."""
    headings = re.findall(r"^#+ (.+)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def _is_there(name: str, page: Path) -> bool:
    """Whether a file exists beside the page, in the repository, the dbt project, or by name."""
    if any((folder / name).exists() for folder in (page.parent, ROOT, DBT_PROJECT)):
        return True
    return "/" not in name and any(
        found for folder in _OURS for found in (ROOT / folder).glob(f"**/{name}")
    )


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Links to files and anchors work; web addresses are not checked."""
    broken = []
    for target in links(read(page)):
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        if not linked.exists() or (anchor and anchor not in _anchors(linked)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    """Names in backticks that look like a path or a file of the repository exist."""
    named = [code for code in inline_code(read(page)) if _PATH.fullmatch(code)]
    missing = [
        name
        for name in named
        if not name.startswith(_MADE) and not _is_there(name, page) and not _is_words(name)
    ]
    assert missing == []


def _is_words(name: str) -> bool:
    """Whether slashes separate alternatives, as in `t/f`, or a name belongs to another project."""
    return "." not in name and not name.endswith("/")


def test_the_index_lists_every_page() -> None:
    """The index links every page."""
    listed = {(DOCS / target).resolve() for target in links(read(DOCS / "README.md"))}
    assert {page for page in DOCS.glob("*.md") if page.name != "README.md"} <= listed


def test_the_exercises_are_possible() -> None:
    """The line that the quickstart changes is in the model, and its test in the YAML."""
    quickstart = read(DOCS / "quickstart.md")
    [line] = re.findall(r"```sql\n(.*)\n```", quickstart)
    assert line in read(DBT_PROJECT / "models/marts/core/fact_orders.sql")
    assert "net_amount: 9.00" in read(DBT_PROJECT / "models/marts/core/fact_orders.yml")
    tests = [path for path in (DBT_PROJECT / "tests/singular").glob("*.sql") if _reconciles(path)]
    assert len(tests) == 7


def _reconciles(path: Path) -> bool:
    return "tags=['reconciliation']" in read(path)
