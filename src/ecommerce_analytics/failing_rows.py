"""Some of the rows that fail a test, which a build prints below the error."""

import io
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError, one_line

_ROWS: Final = 5
_TESTS: Final = 5
_COLUMNS: Final = 6
_LONGEST: Final = 40
_NARROWEST: Final = 80
_PERSONAL: Final = "pii"
_WORD: Final = re.compile(r"\w+")
# The name that dbt's own tests give to the column under test.
_ALIASES: Final = ("unique_field", "value_field", "from_field")


@dataclass(frozen=True)
class _Columns:
    """The names of the project's columns, with and without personal data."""

    documented: frozenset[str]
    personal: frozenset[str]

    def shows(self, name: str, sql: str) -> bool:
        """Whether a test's column may be printed.

        A column that is in no model, such as `unique_field`, may have personal data.
        """
        if name in self.personal:
            return False
        return name in self.documented or not self.personal.intersection(_words(sql))


def failing_rows(results: Any, manifest: Path | None, engine: Engine) -> str:
    """The first rows that fail each data test, without personal data.

    Args:
        results: The result of `dbt build`, null if it could not start.
        manifest: The manifest of the build.
        engine: The warehouse of the build, which is queried again.

    Returns:
        A small table per test, below its name and description; empty if no test failed.
    """
    failed = [
        result.node
        for result in getattr(results, "results", None) or ()
        if result.status == "fail" and result.node.resource_type == "test"
    ]
    if not failed or manifest is None:
        return ""
    project = json.loads(manifest.read_text(encoding="utf-8"))
    columns = _columns(project)
    parts = [_test(node, project, columns, engine) for node in failed[:_TESTS]]
    if more := len(failed) - _TESTS:
        parts += [f"and {more} more {'test' if more == 1 else 'tests'}"] if more > 0 else []
    return "\n\n".join(parts)


def _columns(project: Mapping[str, Any]) -> _Columns:
    documented: set[str] = set()
    personal: set[str] = set()
    for kind in ("nodes", "sources"):
        for node in project[kind].values():
            for name, column in node.get("columns", {}).items():
                tags = {*column.get("tags", ()), *column.get("config", {}).get("tags", ())}
                (personal if _PERSONAL in tags else documented).add(name.lower())
    return _Columns(frozenset(documented), frozenset(personal))


def _test(node: Any, project: Mapping[str, Any], columns: _Columns, engine: Engine) -> str:
    described = " ".join(node.description.split())
    title = f"{node.name}: {described}" if described else str(node.name)
    try:
        table = _table(node, project, columns, engine)
    except EcomError as error:
        table = f"  its rows cannot be read: {one_line(str(error))}"
    return f"{one_line(title)}\n{table}"


def _table(node: Any, project: Mapping[str, Any], columns: _Columns, engine: Engine) -> str:
    source = node.relation_name or f"({node.compiled_code}\n)"
    query = f"select * from {source} as failing order by 1 limit {_ROWS}"  # noqa: S608
    names, rows = engine.table(query)
    key, others = _places([name.lower() for name in names], node, project)
    # Of many columns, those with a null come first, because most such tests look for nulls.
    others.sort(key=lambda place: all(row[place] is not None for row in rows))
    shown = [
        place
        for place in (*key, *others)
        if columns.shows(names[place].lower(), node.compiled_code)
    ][:_COLUMNS]
    if not shown:
        return "  its rows hold personal data; see them with --store-failures"
    tested = getattr(node, "column_name", None)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place in shown:
        table.add_column(tested if tested and names[place] in _ALIASES else names[place])
    for row in rows:
        table.add_row(*(Text(_cell(row[place])) for place in shown))
    return "\n".join(f"  {line}".rstrip() for line in _lines(table))


def _places(
    names: Sequence[str], node: Any, project: Mapping[str, Any]
) -> tuple[list[int], list[int]]:
    """The positions of the model's key in a test's columns, and of the tested columns.

    The model's other columns are left out.
    """
    model = project["nodes"].get(getattr(node, "attached_node", None) or "")
    if model is None:
        return [], list(range(len(names)))
    arguments = {key: value for key, value in node.test_metadata.kwargs.items() if key != "model"}
    tested = set(_words(str(arguments)))
    others = {name.lower() for name in model["columns"]} - tested
    key = [name.lower() for name in model.get("primary_key") or ()]
    first = [names.index(name) for name in key if name in names]
    return first, [i for i, name in enumerate(names) if i not in first and name not in others]


def _words(text: str) -> Iterator[str]:
    return (word.lower() for word in _WORD.findall(text))


def _cell(value: object) -> str:
    text = "null" if value is None else one_line(str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _lines(table: Table) -> list[str]:
    width = max(shutil.get_terminal_size().columns, _NARROWEST) - 2
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get().splitlines()
