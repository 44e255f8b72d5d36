"""Changes of raw tables, such as a faulty export makes."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_UPDATE: Final = "update {table} set {column} = {value} where {tenth}"
# The next row's value.
_SWAP: Final = (
    "update {table} set {column} = others.other from (select rowid as place, "
    "lead({column}) over (order by rowid) as other from {table}) as others "
    "where {table}.rowid = others.place and {table}.{tenth} and others.other is not null"
)


@dataclass(frozen=True)
class SourceMutation:
    """One change of a raw table.

    Attributes:
        operator: The kind of change.
        column: The changed column, if it is one.
        sql: The statement.
    """

    operator: str
    column: str
    sql: str


def source_mutations(
    relation: str, columns: Mapping[str, str], chance: random.Random
) -> list[SourceMutation]:
    """All changes of a table, each of a tenth of its rows."""
    found = []
    for operator, column, statement, value in _statements(columns):
        quoted = f'"{column}"'
        sql = statement.format(
            table=relation,
            column=quoted,
            value=value.format(column=quoted),
            tenth=f"rowid % 10 = {chance.randrange(10)}",
        )
        found.append(SourceMutation(operator, column, sql))
    return found


def _statements(columns: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    yield "lost rows", "", "delete from {table} where {tenth}", ""
    yield "doubled rows", "", "insert into {table} select * from {table} where {tenth}", ""
    for column, kind in columns.items():
        # The loader's own column.
        if column != "loaded_at":
            for operator, value in _values(column, kind):
                yield operator, column, _UPDATE, value
            yield "another row's value", column, _SWAP, ""


def _values(column: str, kind: str) -> Iterator[tuple[str, str]]:
    if not column.endswith("_id") or column in ("customer_id", "product_id", "campaign_id"):
        yield "missing value", "null"
    if column.endswith("_id"):
        if kind == "BIGINT":
            yield "unknown key", "{column} + 1000000"
    elif kind.startswith("DECIMAL") or kind in ("BIGINT", "INTEGER"):
        yield "a hundred times", "{column} * 100"
        yield "turned sign", "-{column}"
        yield "off by the least", "{column} + " + ("0.01" if kind.startswith("DECIMAL") else "1")
    elif kind in ("DATE", "TIMESTAMP"):
        yield "a day later", "{column} + interval 1 day"
        yield "ten years later", "{column} + interval 10 year"
        yield "ten years before", "{column} - interval 10 year"
    elif kind == "BOOLEAN":
        yield "negated", "not {column}"
    else:
        yield "capitals and blanks", "' ' || upper({column}) || ' '"
        yield "unknown value", "{column} || '?'"
