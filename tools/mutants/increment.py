"""A later run of dbt: what it sent to the warehouse for each incremental model."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from mutants.project import Increment, Node, Project

_COMMENT: Final = re.compile(r"\s*/\*.*?\*/\s*", re.DOTALL)
# dbt-duckdb's table of an increment's rows.
_TEMPORARY: Final = re.compile(
    r"create\s+temporary\s+table\s+(\S+)\s.*?\bas\s*\((.*)\)\s*;?\s*", re.DOTALL
)


def read_increment(full: Project, log: Path) -> Project:
    """The project with the statements of a later run in place of those of the first.

    Args:
        full: The project as it was first built.
        log: dbt's log of the later run, in JSON, with its queries.

    Returns:
        The project without snapshots, whose versions a later run does not write again.
    """
    sent: dict[str, list[str]] = {}
    for key, statement in _statements(log):
        sent.setdefault(key, []).append(statement)
    nodes = {
        key: _later(node, sent.get(key, [])) for key, node in full.nodes.items() if node.is_mutated
    }
    return replace(full, nodes=nodes)


def _later(node: Node, statements: list[str]) -> Node:
    for rank, statement in enumerate(statements):
        if (made := _TEMPORARY.fullmatch(statement)) and "limit 0" not in made[2]:
            changes = [s for s in statements[rank:] if s.lower().startswith(("delete", "insert"))]
            if changes:
                return replace(node, sql=made[2], increment=Increment(made[1], tuple(changes)))
    return node


def _statements(log: Path) -> Iterator[tuple[str, str]]:
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            event: dict[str, Any] = json.loads(line)
            if event["info"]["name"] == "SQLQuery":
                node = event["data"].get("node_info") or {}
                yield node.get("unique_id", ""), _COMMENT.sub("", event["data"]["sql"], count=1)
