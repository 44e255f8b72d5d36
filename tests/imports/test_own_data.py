"""docs/own-data.md: its commands run as written, and net sales are right to the cent."""

import shlex
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from conftest import Dbt
from docs.pages import DOCS, read
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine

from .shopify_exports import FILES

_TEXT: Final = read(DOCS / "own-data.md")
# Its two exports are only an example for the reader.
_NOT_RUN: Final = "may/orders_export.csv"
# By hand, prices less their tax: 49.50 - 8.25, 6.00 - 1.00, 36.00 - 6.00 (the tip is not a sale),
# 60.00 - 10.00 less the refund of 10.00 with 1.66 tax, 12.50 - 2.08 (a gift card is not). Cancelled
# and voided orders are not sales.
_NET_SALES: Final = {
    1001: Decimal("41.25"),
    1002: Decimal("5.00"),
    1003: Decimal("30.00"),
    1005: Decimal("41.66"),
    1006: Decimal("10.42"),
}


def _blocks(language: str) -> list[str]:
    parts = _TEXT.split(f"```{language}\n")[1:]
    return [part.partition("```")[0] for part in parts]


def _run(place: Path, words: list[str], warehouse: Path) -> str:
    """Run a command of the page in the folder with its files and `data`."""
    finished = subprocess.run(
        [Path(sys.executable).with_name(words[0]), *words[1:]],
        cwd=place,
        env={"PATH": "/usr/bin:/bin", "ECOM_WAREHOUSE": str(warehouse), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Dbt]:
    """The output of the page's commands, and their warehouse."""
    place = tmp_path_factory.mktemp("own_data")
    shutil.copytree(FILES, place / "tests" / "imports" / "files")
    dbt = Dbt(place, engine=DuckDBEngine(place / "data" / "my-shop.duckdb"))
    printed = []
    for command in "".join(_blocks("bash")).splitlines():
        words = shlex.split(command)
        if words[0] == "export" or _NOT_RUN in command:
            continue
        if words == ["ecom", "build"]:
            # As the command does, with its own target directory.
            dbt.succeed("build", "--exclude-resource-type", "unit_test")
        else:
            printed.append(_run(place, words, Path(dbt.engine.place)))
    return "\n".join(printed), dbt


def test_the_page_shows_what_is_printed(walked: tuple[str, Dbt]) -> None:
    """The output matches the page line by line, including the drafted SQL."""
    printed, dbt = walked
    drafted = (
        path.read_text(encoding="utf-8") for path in dbt.target.parent.glob("data/mapping/*")
    )
    whole = "\n".join((printed, *drafted))
    for line in "".join(_blocks("text")).splitlines():
        assert line in whole


def test_net_sales_are_right_to_the_cent(walked: tuple[str, Dbt]) -> None:
    """Net sales of each order and of all days match to the cent."""
    _, dbt = walked
    found = dbt.query(
        "select order_id - 5551234560000, net_amount from marts.fact_orders where is_valid"
    )
    assert dict(found) == _NET_SALES
    assert dbt.query("select sum(net_amount) from marts.orders_daily") == [
        (sum(_NET_SALES.values()),)
    ]


def test_the_report_is_written(walked: tuple[str, Dbt]) -> None:
    """The report has the shop's figures, and no personal data."""
    _, dbt = walked
    pages = list((dbt.target.parent / "data" / "my-site").glob("*.html"))
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert "Harbour Mug - Blue" in text
    assert "anna@example.com" not in text
