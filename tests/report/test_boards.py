"""The boards as code: their queries of the marts, and the queries' columns."""

import json
import re
from pathlib import Path
from typing import Final

import duckdb
import yaml

from ecommerce_analytics.paths import DEFAULT_WAREHOUSE, ROOT

_BOARDS: Final = ROOT / "boards"
_SOURCES: Final = _BOARDS / "sources" / "shop"
_TAG: Final = re.compile(r"<(?:BigValue|LineChart|BarChart) data=\{(\w+)\}(.*?)/>", re.DOTALL)
_TABLE: Final = re.compile(r"<DataTable data=\{(\w+)\}.*?>(.*?)</DataTable>", re.DOTALL)
_COLUMN: Final = re.compile(r"\b(?:x|y|value|comparison|id)=(\w+|\{\[.*?\]\})")


def test_a_board_shows_columns_that_the_marts_have(warehouse: Path) -> None:
    """Each query reads built marts and returns rows; each column shown exists."""
    page = (_BOARDS / "pages" / "index.md").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(f"create schema shop; attach '{warehouse}' as built (read_only)")
        connection.execute("use built")
        for query in sorted(_SOURCES.glob("*.sql")):
            sql = query.read_text(encoding="utf-8")
            assert set(re.findall(r"\b(?:from|join) (\w+)\.", sql)) == {"marts"}, query.name
            connection.execute(f"create table memory.shop.{query.stem} as {sql}")
        connection.execute("use memory")
        columns = {}
        for name, sql in re.findall(r"```sql (\w+)\n(.*?)```", page, re.DOTALL):
            found = connection.execute(sql)
            columns[name] = {column[0] for column in found.description or ()}
            assert found.fetchall(), name
    shown = [
        (name, column)
        for name, text in (*_TAG.findall(page), *_TABLE.findall(page))
        for listed in _COLUMN.findall(text)
        for column in re.findall(r"\w+", listed)
    ]
    assert len(shown) >= 15
    assert [(name, column) for name, column in shown if column not in columns[name]] == []


def test_a_board_reads_the_demo_s_warehouse() -> None:
    """The path works in any location of the repository, and package versions are fixed."""
    connection = yaml.safe_load((_SOURCES / "connection.yaml").read_text(encoding="utf-8"))
    assert (_SOURCES / connection["options"]["filename"]).resolve() == DEFAULT_WAREHOUSE
    packages = json.loads((_BOARDS / "package.json").read_text(encoding="utf-8"))
    versions = packages["dependencies"] | packages["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
