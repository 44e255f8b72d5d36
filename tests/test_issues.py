"""The last line of a build and a summary: how many rows need attention, and why."""

from pathlib import Path

import duckdb
import pytest

from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.issues import issues_line
from irregular import Issue, issues_of, write_issues

_SEE = "see site/quality.html or select * from marts.data_quality_issues"


def _line(tmp_path: Path, *issues: Issue) -> str:
    path = tmp_path / "shop.duckdb"
    write_issues(path, issues)
    return issues_line(DuckDBEngine(path))


def test_what_needs_a_look_is_counted(tmp_path: Path) -> None:
    """The most frequent rule comes first; notes do not need attention."""
    assert _line(
        tmp_path,
        *issues_of("line_without_order", 4),
        *issues_of("order_shipped_before_ordered", 1200),
        *issues_of("line_of_no_units", 3),
    ) == (
        "1,204 rows need a look: 1,200 ship before they are ordered, 4 wait for their order "
        f"(3 more are notes); {_SEE}"
    )


def test_one_row(tmp_path: Path) -> None:
    """One row is counted in the singular."""
    line = _line(tmp_path, *issues_of("line_without_order", 1), *issues_of("line_of_no_units", 1))
    assert line == f"1 row needs a look: 1 wait for their order (1 more is a note); {_SEE}"


def test_many_rules_are_cut(tmp_path: Path) -> None:
    """The line has a limited length; the other rules are counted."""
    line = _line(
        tmp_path,
        *issues_of("order_shipped_before_ordered", 6),
        *issues_of("line_without_order", 5),
        *issues_of("refund_without_order", 4),
        *issues_of("order_total_does_not_add_up", 3),
        *issues_of("refund_below_zero", 2),
        *issues_of("not_in_the_seed", 1),
    )
    assert line.startswith("21 rows need a look: 6 ship before they are ordered, 5 wait")
    assert f", 3 have a total that does not add up, 3 for other reasons; {_SEE}" in line


def test_a_rule_without_a_label_has_its_name(tmp_path: Path) -> None:
    """A rule without a label is shown by its name."""
    assert "2 not_in_the_seed;" in _line(tmp_path, *issues_of("not_in_the_seed", 2))


def test_nothing_to_look_at(tmp_path: Path) -> None:
    """There is no line for no issues, only notes, or no mart."""
    assert _line(tmp_path) == ""
    assert _line(tmp_path, *issues_of("line_of_no_units", 2)) == ""
    unbuilt = tmp_path / "unbuilt.duckdb"
    duckdb.connect(str(unbuilt)).close()
    assert issues_line(DuckDBEngine(unbuilt)) == ""


def test_a_warehouse_that_cannot_be_read(tmp_path: Path) -> None:
    """An unreadable warehouse raises the usual error."""
    with pytest.raises(EcomError, match="there is no warehouse"):
        issues_line(DuckDBEngine(tmp_path / "none.duckdb"))
