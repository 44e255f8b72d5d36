"""From raw values to typed rows: what a value must look like, and the SELECT that holds it to it.

Every value is converted exactly or not at all. Text is read as the contract's type only in the
spelling that leaves no doubt; a Parquet type is taken over where every value it can hold, or at
least every value it does hold, keeps its meaning.

Foreign keys are not checked here: a shop's tables may be exported at different instants, and dbt's
`relationships` tests report orphans with their number instead of refusing the load.
"""

import re
from dataclasses import dataclass
from typing import Literal

from ecommerce_analytics.contract import Column
from ecommerce_analytics.load.files import SourceFile, raw_name
from ecommerce_analytics.load.sql import identifier, literal

BREACH_MARK = "breach of the source contract"

_NUMERIC = re.compile(r"numeric\((\d+),\s*(\d+)\)")
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_INTEGERS = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")
) | {"INTEGER", "UINTEGER"}
_TIMESTAMPS = frozenset(
    ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
)
_TIME_TEXT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?"
)
# Beyond these years Python, PostgreSQL and Spark no longer agree on a calendar.
_CALENDAR = "between date '0001-01-01' and date '9999-12-31'"


@dataclass(frozen=True)
class Rule:
    """One way in which a row can break the contract; `predicate` is true where it does."""

    column: Column
    kind: Literal["unreadable", "null", "check"]
    predicate: str

    @property
    def expected(self) -> str:
        """What the column should hold, for the end of a sentence."""
        if self.kind == "check":
            return f"{self.column.check}"
        return describe(self.column)


def describe(column: Column) -> str:
    """What the values of a column look like, in words."""
    if numeric := _NUMERIC.fullmatch(column.data_type):
        precision, scale = int(numeric[1]), int(numeric[2])
        return f"a number of at most {precision - scale} digits with at most {scale} decimals"
    return {
        "bigint": "a whole number in the range of bigint",
        "integer": "a whole number in the range of integer",
        "string": "text without NUL characters",
        "boolean": "true or false",
        "date": "a date such as 2026-01-31",
        "timestamp": "a time such as 2026-01-31 13:45:00",
    }[column.data_type]


def sql_type(column: Column) -> str:
    """The DuckDB type of the column."""
    return "varchar" if column.data_type == "string" else column.data_type


def accepts(column: Column, file_type: str) -> bool:
    """Whether a Parquet column of this DuckDB type can hold the contract's values exactly."""
    if decimal := _DECIMAL.fullmatch(file_type):
        whole = int(decimal[2]) == 0
        return bool(_NUMERIC.fullmatch(column.data_type)) or (whole and _is_integer(column))
    if file_type in _INTEGERS:
        return _is_integer(column) or bool(_NUMERIC.fullmatch(column.data_type))
    if column.data_type == "timestamp":
        return file_type in _TIMESTAMPS
    return file_type == sql_type(column).upper()


def rules(file: SourceFile) -> tuple[Rule, ...]:
    """Every rule that one row alone can break, in the order of the columns."""
    found = []
    for column in file.table.file_columns:
        raw, typed = raw_name(column.name), identifier(column.name)
        found.append(Rule(column, "unreadable", f"{raw} is not null and {typed} is null"))
        if not column.nullable:
            found.append(Rule(column, "null", f"{raw} is null"))
        if column.check:
            found.append(Rule(column, "check", f"not ({column.check})"))
    return tuple(found)


def typed_select(file: SourceFile) -> str:
    """A SELECT of each row's raw values, its typed values (null where unreadable) and `breach`.

    `breach` is the position in `rules` of the first rule that the row breaks, null where none.
    """
    typed = ", ".join(
        f"{_conversion(file, column)} as {identifier(column.name)}"
        for column in file.table.file_columns
    )
    cases = " ".join(
        f"when {rule.predicate} then {position}" for position, rule in enumerate(rules(file))
    )
    return (
        f"select *, case {cases} end as breach "  # noqa: S608
        f"from (select *, {typed} from ({file.relation}))"
    )


def checked_select(file: SourceFile) -> str:
    """A SELECT of the typed rows that raises a `duckdb.Error` on the first that breaks a rule.

    Reading and checking are one pass, so that what is loaded is what was checked. Repeated keys
    are the one breach that it cannot see.
    """
    columns = ", ".join(identifier(column.name) for column in file.table.file_columns)
    return (
        f"select {columns} from ({typed_select(file)}) "  # noqa: S608
        f"where case when breach is null then true else error({literal(BREACH_MARK)}) end"
    )


def _conversion(file: SourceFile, column: Column) -> str:
    raw = raw_name(column.name)
    if file.file_format == "csv":
        return _from_text(column, raw)
    return _from_parquet(column, raw, file.types[column.name])


def _from_text(column: Column, raw: str) -> str:
    if column.data_type == "string":
        return _text(raw)
    if column.data_type == "boolean":
        return (
            f"case when lower({raw}) in ('true', 't', '1') then true "
            f"when lower({raw}) in ('false', 'f', '0') then false end"
        )
    if column.data_type == "timestamp":
        # Text without an offset is UTC, which is the session's time zone.
        instant = f"try_cast(try_cast({raw} as timestamptz) as timestamp)"
        return _where(_matches(raw, _TIME_TEXT), _in_calendar(instant))
    if column.data_type == "date":
        return _where(_matches(raw, "[0-9]{4}-[0-9]{2}-[0-9]{2}"), f"try_cast({raw} as date)")
    return _where(_matches(raw, _number(column)), f"try_cast({raw} as {sql_type(column)})")


def _from_parquet(column: Column, raw: str, file_type: str) -> str:
    target = sql_type(column)
    if column.data_type == "string":
        return _text(raw)
    if column.data_type == "date":
        return _in_calendar(raw)
    if column.data_type == "timestamp":
        instant = f"try_cast({raw} as timestamp)"
        if file_type == "TIMESTAMP_NS":
            return _where(f"epoch_ns({raw}) % 1000 = 0", _in_calendar(instant))
        return _in_calendar(instant)
    typed = f"try_cast({raw} as {target})"
    decimal = _DECIMAL.fullmatch(file_type)
    numeric = _NUMERIC.fullmatch(column.data_type)
    if decimal and numeric and int(decimal[2]) > int(numeric[2]):
        # The cast rounds; only what it leaves as it was is exact.
        return _where(f"{typed} = {raw}", typed)
    return typed


def _text(raw: str) -> str:
    # PostgreSQL has no text with NUL characters, so no engine may.
    return _where(f"not contains({raw}, chr(0))", raw)


def _number(column: Column) -> str:
    if numeric := _NUMERIC.fullmatch(column.data_type):
        # Zeros beyond the scale change nothing: 12.5000 is how some databases write 12.50.
        return rf"[+-]?[0-9]+(\.[0-9]{{0,{numeric[2]}}}0*)?"
    return "[+-]?[0-9]+"


def _is_integer(column: Column) -> bool:
    return column.data_type in {"bigint", "integer"}


def _matches(raw: str, pattern: str) -> str:
    return f"regexp_full_match({raw}, {literal(pattern)})"


def _in_calendar(value: str) -> str:
    return _where(f"cast({value} as date) {_CALENDAR}", value)


def _where(condition: str, value: str) -> str:
    return f"case when {condition} then {value} end"
