"""The report of the default shop, and a browser to view it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, sync_playwright

from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.report import write_report
from ecommerce_analytics.report.model import Page
from ecommerce_analytics.report.write import read_pages

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def pages(warehouse: Path) -> dict[str, Page]:
    """The pages of the default shop, by key."""
    return {page.key: page for page in read_pages(DuckDBEngine(warehouse))}


@pytest.fixture(scope="session")
def site(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the default shop, as files. Read only."""
    out = tmp_path_factory.mktemp("report") / "site"
    write_report(DuckDBEngine(warehouse), out)
    return out


@pytest.fixture(scope="session")
def dbt_rows(warehouse: Path) -> Callable[[str], list[tuple[Any, ...]]]:
    """Query the default shop's warehouse."""
    return DuckDBEngine(warehouse).rows


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, or Playwright's own, headless.

    Without either, the tests of pages are skipped by name, but never in CI.
    """
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    with sync_playwright() as driver:
        own = Path(driver.chromium.executable_path)
        if not program and not own.exists():
            missing = f"no browser, install one of: {', '.join(_BROWSERS)}; or: playwright install"
            assert "CI" not in os.environ, missing
            pytest.skip(missing)
        started = driver.chromium.launch(executable_path=program or own, args=["--no-sandbox"])
        yield started
        started.close()
