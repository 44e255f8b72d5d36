"""A built warehouse, in which models are changed and rebuilt, each time in a transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any, Final

import duckdb

from mutants.project import DataTest, Node, Project

# Of one change, with all that depends on it.
_SECONDS: Final = 60.0


@dataclass(frozen=True)
class State:
    """The content of a table: its columns with their types, its rows as numbers, its nulls.

    Attributes:
        columns: The types by column.
        rows: How many, and the sum of their hashes.
        is_sound: Whether it keeps its contract's constraints.
    """

    columns: Mapping[str, str]
    rows: tuple[Any, ...]
    is_sound: bool


class BrokenError(Exception):
    """A query that does not run, or not in time."""


class Warehouse:
    """A DuckDB file with a built shop, changed by one process."""

    def __init__(self, path: Path, project: Project, before: Path | None = None) -> None:
        """Open the file.

        Args:
            path: The file.
            project: What was built in it.
            before: The warehouse before a later run, if there was one.
        """
        self.project = project
        # One thread: rows and sums come in the same order each time.
        self._connection = duckdb.connect(str(path), config={"threads": 1, "memory_limit": "1GB"})
        self._connection.execute("set enable_progress_bar = false")
        if before:
            self.execute(f"attach '{before}' as before (read_only)")
        self._states: dict[str, State] = {}

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement.

        Raises:
            BrokenError: It does not run, or not in time.
        """
        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise BrokenError(str(error)) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Take back all changes at the end; a query that never ends is interrupted."""
        self.execute("begin")
        timer = Timer(_SECONDS, self._connection.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._connection.execute("rollback")

    def rebuild_all(self) -> list[str]:
        """Build all nodes as tables from their queries.

        Returns:
            The names of those whose rows differ from what dbt built.
        """
        differing = []
        for node in self.project.nodes.values():
            schema, name = node.relation.split(".")[1:]
            known = self.execute(
                f"select table_type from information_schema.tables where table_schema = "  # noqa: S608
                f"{_text(schema)} and table_name = {_text(name)}"
            )
            before = self.state(node) if known else None
            if known and known[0][0] == "VIEW":
                self.execute(f"drop view {node.relation}")
            self.build(node, node.sql)
            if before not in (None, self.state(node)):
                differing.append(node.name)
        return differing

    def read_states(self) -> None:
        """Note what the tables hold, to see later what changed."""
        self._states = {key: self.state(node) for key, node in self.project.nodes.items()}

    def columns(self, relation: str) -> Mapping[str, str]:
        """The types by column of a table or query."""
        return {row[0]: row[1] for row in self.execute(f"describe {relation}")}

    def build(self, node: Node, sql: str) -> None:
        """Replace a table by the rows of a query, the columns in the order of their contract.

        An incremental model starts from its rows before the later run.
        """
        if node.increment:
            before = node.relation.replace('"warehouse".', "before.", 1)
            self.execute(f"create or replace table {node.relation} as from {before}")
            self.execute(f"create or replace temporary table {node.increment.temporary} as {sql}")
            for statement in node.increment.statements:
                self.execute(statement)
            return
        names = ", ".join(f'"{name}"' for name in node.columns) or "*"
        self.execute(
            f"create or replace table {node.relation} as select {names} from ({sql}\n) as built"  # noqa: S608
        )

    def state(self, node: Node, columns: Mapping[str, str] | None = None) -> State:
        """What a table holds; its columns are read where they are not known."""
        columns = columns or self.columns(node.relation)
        values = ", ".join(
            f'round("{name}", 9)' if kind == "DOUBLE" else f'"{name}"'
            for name, kind in columns.items()
        )
        nulls = " or ".join(f'"{name}" is null' for name in node.not_null) or "false"
        key = ", ".join(f'"{name}"' for name in node.keys)
        distinct = f"count(distinct ({key})) = count(*)" if key else "true"
        *rows, has_nulls, is_unique = self.execute(
            f"select count(*), sum(hash({values})), coalesce(bool_or({nulls}), false), {distinct} "  # noqa: S608
            f"from {node.relation}"
        )[0]
        return State(columns, tuple(rows), not has_nulls and is_unique)

    def state_downstream(self, key: str) -> State:
        """What a table holds whose query is not changed, and therefore has the same columns."""
        return self.state(self.project.nodes[key], self._states[key].columns)

    def is_changed(self, key: str, state: State) -> bool:
        """Whether a table holds other rows than at first."""
        return state.rows != self._states[key].rows

    def has_same_columns(self, key: str, state: State) -> bool:
        """Whether a table has the columns of its contract."""
        return list(state.columns.items()) == list(self._states[key].columns.items())

    def verdict(self, test: DataTest) -> str:
        """What a data test says: `error`, `warn` or `pass`."""
        sql = f"select {test.verdict} from ({test.sql}\n) as rows_that_should_not_be"  # noqa: S608
        return str(self.execute(sql)[0][0])

    def has_more(self, key: str, state: State) -> bool:
        """Whether a table holds more rows than at first."""
        return int(state.rows[0]) > int(self._states[key].rows[0])

    def content(self, relation: str) -> tuple[object, ...]:
        """The number of a table's rows, and the sum of their hashes."""
        sql = f"select count(*), sum(hash(read)) from {relation} as read"  # noqa: S608
        return self.execute(sql)[0]

    def passes(self, sql: str) -> bool:
        """Whether a unit test's query finds the expected rows."""
        rows: dict[str, Counter[tuple[Any, ...]]] = {"actual": Counter(), "expected": Counter()}
        for *values, kind in self.execute(sql):
            rows[kind][tuple(map(_rounded, values))] += 1
        return rows["actual"] == rows["expected"]


def _rounded(value: object) -> object:
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _text(quoted: str) -> str:
    return "'" + quoted.strip('"') + "'"
