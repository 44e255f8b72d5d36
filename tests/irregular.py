"""Writes data quality issues into a warehouse as the project lists them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb

LABELS: Final = {
    "order_shipped_before_ordered": ("look", "ship before they are ordered"),
    "line_without_order": ("look", "wait for their order"),
    "line_of_no_units": ("note", "have no units"),
    "order_total_does_not_add_up": ("look", "have a total that does not add up"),
    "refund_without_order": ("look", "are refunds without an order"),
    "refund_below_zero": ("look", "are refunds below 0"),
}


@dataclass(frozen=True)
class Issue:
    """A source row and the rule that it breaks."""

    rule: str
    source_key: str
    amount: Decimal | None = None
    source_table: str = "orders"
    treatment: str = "kept"


def issues_of(rule: str, count: int) -> list[Issue]:
    """The given number of rows that break a rule."""
    return [Issue(rule, str(key)) for key in range(count)]


def write_issues(warehouse: Path, issues: Sequence[Issue]) -> None:
    """Replace the listed issues and rules with these."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("create schema if not exists seeds")
        connection.execute(
            "create or replace table seeds.data_quality_rules "
            "(rule varchar, label varchar, severity varchar)"
        )
        connection.executemany(
            "insert into seeds.data_quality_rules values (?, ?, ?)",
            [(rule, label, severity) for rule, (severity, label) in LABELS.items()],
        )
        connection.execute(
            "create or replace table marts.data_quality_issues (issue_key varchar, source_table "
            "varchar, source_key varchar, rule varchar, found varchar, treatment varchar, "
            "description varchar, amount decimal(18, 2), loaded_at timestamp)"
        )
        for place, issue in enumerate(issues):
            connection.execute(
                "insert into marts.data_quality_issues values "
                "(md5(?), ?, ?, ?, 'as found', ?, ?, ?, '2026-01-31 06:00:00')",
                [
                    str(place),
                    issue.source_table,
                    issue.source_key,
                    issue.rule,
                    issue.treatment,
                    f"What is done about {issue.rule}.",
                    issue.amount,
                ],
            )
