"""From raw values to typed rows: the rules for values, and the SELECT that checks them.

Every value is converted exactly or not at all. Text is converted only in an unambiguous spelling; a
Parquet type is accepted if all its values can be, or at least are, converted exactly. Money in
floating point is the exception: it is accepted if it is a decimal of the contract's scale except
for binary rounding. Text is kept as written, including keys: `001`, `1.0` and ` 1` are three keys.

Foreign keys are not checked, because a shop's tables may be exported at different times. dbt's
`relationships` tests count orphans instead.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ecommerce_analytics.contract import Column
from ecommerce_analytics.load.files import SourceFile, raw_name
from ecommerce_analytics.load.sql import identifier, literal

BREACH_MARK = "breach of the source contract"

_NUMERIC = re.compile(r"numeric\((\d+),\s*(\d+)\)")
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_INTEGERS = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")
) | {"INTEGER", "UINTEGER"}
# The binary digits of a floating point number.
_FLOATS: Final[Mapping[str, int]] = {"FLOAT": 24, "DOUBLE": 53}
# The type of a column without values, regardless of the file's type.
NO_VALUES: Final = "NULL"
_TIMESTAMPS = frozenset(
    ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
)
_TIME_TEXT: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6}0*)?"
# No place is sixteen hours from UTC, and no engine accepts more.
_UTC: Final = r" ?(?:[Zz]|UTC|utc|GMT)"
_OFFSET: Final = rf"(?:{_UTC}| ?[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)"
_WITH_OFFSET = re.compile(_TIME_TEXT + _OFFSET)
_ANY_OFFSET = re.compile(rf"{_TIME_TEXT} ?[+-][0-9]{{2}}(?::?[0-9]{{2}})?")
# A number that would be a bigint without its decimals.
_SHORT_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:[.,][0-9]*)?")
# Outside these years Python, PostgreSQL and Spark use different calendars.
_CALENDAR = "between date '0001-01-01' and date '9999-12-31'"


@dataclass(frozen=True)
class Rule:
    """One way in which a row can break the contract; `predicate` is true if it does."""

    column: Column
    kind: Literal["unreadable", "null", "check"]
    predicate: str

    def expected(self, value: str = "", file_type: str = "VARCHAR") -> str:
        """The expected value, for the end of a message."""
        if self.kind == "check" or (self.kind == "null" and self.column.check):
            return f"{self.column.check}"
        if self.kind == "null" and self.column.data_type == "string":
            return "some text"
        is_key = self.column.is_key or self.column.references
        is_text = file_type == "VARCHAR" and value and not _SHORT_NUMBER.fullmatch(value)
        if is_key and is_text and is_number(self.column):
            return f"{describe(self.column)}; where keys are text, set key_type in dbt_project.yml"
        is_offset = _ANY_OFFSET.fullmatch(value) and not _WITH_OFFSET.fullmatch(value)
        if self.column.data_type == "timestamp" and is_offset:
            return "an offset from UTC of hours and minutes, between -15:59 and +15:59"
        if file_type in _FLOATS and not _NUMERIC.fullmatch(self.column.data_type):
            return (
                f"a whole number below {2 ** _FLOATS[file_type]:,}, as far as the type "
                f"{file_type.lower()} holds them exactly"
            )
        return describe(self.column)


def describe(column: Column) -> str:
    """A description of a column's values."""
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
    if file_type in {NO_VALUES, '"NULL"'}:
        return True
    if _DECIMAL.fullmatch(file_type) or file_type in _INTEGERS or file_type in _FLOATS:
        return is_number(column) or column.data_type == "string"
    if column.data_type == "string" and file_type == "UUID":
        return True
    if column.data_type == "timestamp":
        return file_type in _TIMESTAMPS
    return file_type == sql_type(column).upper()


def is_number(column: Column) -> bool:
    """Whether the contract's type of the column is an integer or a decimal."""
    return _is_integer(column) or bool(_NUMERIC.fullmatch(column.data_type))


def is_rounded(file: SourceFile, column: Column) -> bool:
    """Whether the file has floating point for a column of decimals."""
    return file.types.get(column.name) in _FLOATS and bool(_NUMERIC.fullmatch(column.data_type))


def rules(file: SourceFile) -> tuple[Rule, ...]:
    """Every rule that a single row can break, in the order of the columns."""
    found = []
    for column in file.table.file_columns:
        if column.name not in file.types:
            continue
        raw, typed = raw_name(column.name), identifier(column.name)
        found.append(Rule(column, "unreadable", f"{raw} is not null and {typed} is null"))
        if not column.nullable:
            found.append(Rule(column, "null", f"{raw} is null"))
        if column.check:
            found.append(Rule(column, "check", f"not ({column.check})"))
    return tuple(found)


def typed_select(file: SourceFile) -> str:
    """A SELECT of each row's raw values, typed values (null if not convertible) and `breach`.

    `breach` is the position in `rules` of the first broken rule, else null.
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
    """A SELECT of the typed rows that raises a `duckdb.Error` on the first broken rule.

    Reading and checking are one pass, so the checked rows are the loaded ones. It cannot find
    repeated keys.
    """
    columns = ", ".join(identifier(column.name) for column in file.table.file_columns)
    return (
        f"select {columns} from ({typed_select(file)}) "  # noqa: S608
        f"where case when breach is null then true else error({literal(BREACH_MARK)}) end"
    )


def _conversion(file: SourceFile, column: Column) -> str:
    raw = raw_name(column.name)
    file_type = file.types.get(column.name, NO_VALUES)
    if file_type in {NO_VALUES, '"NULL"'}:
        return f"cast(null as {sql_type(column)})"
    if file.file_format == "csv":
        return _from_text(column, raw, decimal_comma=file.decimal_comma)
    return _from_parquet(column, raw, file_type)


def _from_text(column: Column, raw: str, *, decimal_comma: bool) -> str:
    if column.data_type == "string":
        return _text(raw)
    if column.data_type == "boolean":
        return (
            f"case when lower({raw}) in ('true', 't', '1', '1.0') then true "
            f"when lower({raw}) in ('false', 'f', '0', '0.0') then false end"
        )
    if column.data_type == "timestamp":
        # Text without an offset is UTC, which is the session's time zone.
        plain = f"try_cast({raw} as timestamp)"
        no_zone = f"regexp_replace({raw}, {literal(_UTC + '$')}, '')"
        with_offset = (
            f"try_cast(try_cast(regexp_replace({no_zone}, ' ([+-])', '\\1') as timestamptz) "
            "as timestamp)"
        )
        return (
            f"case when {_matches(raw, _TIME_TEXT)} then {_in_calendar(plain)} "
            f"when {_matches(raw, _TIME_TEXT + _OFFSET)} then {_in_calendar(with_offset)} end"
        )
    if column.data_type == "date":
        return _where(_matches(raw, "[0-9]{4}-[0-9]{2}-[0-9]{2}"), f"try_cast({raw} as date)")
    mark = "," if decimal_comma else "."
    if _is_integer(column):
        # 1.000 may be a thousand; pandas writes 1 as 1.0 if another value is missing.
        pattern = rf"[+-]?[0-9]+(\{mark}(0{{0,2}}|0{{4,}}))?"
        whole = f"split_part({raw}, '{mark}', 1)"
        return _where(_matches(raw, pattern), f"try_cast({whole} as {sql_type(column)})")
    number = f"replace(replace({raw}, '.', ''), ',', '.')" if decimal_comma else raw
    return _where(
        _matches(raw, _decimal_text(column, mark)), f"try_cast({number} as {sql_type(column)})"
    )


def _from_parquet(column: Column, raw: str, file_type: str) -> str:
    if column.data_type == "string":
        return _text_from_parquet(raw, file_type)
    if column.data_type == "date":
        return _in_calendar(raw)
    if column.data_type == "timestamp":
        instant = f"try_cast({raw} as timestamp)"
        if file_type == "TIMESTAMP_NS":
            return _where(f"epoch_ns({raw}) % 1000 = 0", _in_calendar(instant))
        return _in_calendar(instant)
    typed = f"try_cast({raw} as {sql_type(column)})"
    if file_type in _FLOATS:
        if _is_integer(column):
            return _where(_is_whole(raw, file_type), typed)
        return _where(_is_decimal(column, raw, typed, file_type), typed)
    if decimal := _DECIMAL.fullmatch(file_type):
        numeric = _NUMERIC.fullmatch(column.data_type)
        if int(decimal[2]) > (int(numeric[2]) if numeric else 0):
            # The cast rounds; a value is exact only if it does not change.
            return _where(f"{typed} = {raw}", typed)
    return typed


def _text_from_parquet(raw: str, file_type: str) -> str:
    """Text unchanged; whole numbers as digits, because keys are often stored as numbers."""
    if file_type in _FLOATS:
        return _where(_is_whole(raw, file_type), f"cast(cast({raw} as bigint) as varchar)")
    if decimal := _DECIMAL.fullmatch(file_type):
        whole = f"try_cast({raw} as decimal({decimal[1]}, 0))"
        return _where(f"{whole} = {raw}", f"cast({whole} as varchar)")
    if file_type in _INTEGERS or file_type == "UUID":
        return f"cast({raw} as varchar)"
    return _text(raw)


def _is_whole(raw: str, file_type: str) -> str:
    # Beyond this, a floating point number is the nearest one to several integers.
    return f"{raw} = trunc({raw}) and abs({raw}) < {2 ** _FLOATS[file_type]}"


def _is_decimal(column: Column, raw: str, typed: str, file_type: str) -> str:
    """Whether a floating point number is a decimal of the column's scale, except for rounding.

    A sum of a few numbers is off by some units of its last binary digit. The number must be small
    enough that these are far less than the last decimal.
    """
    numeric = _NUMERIC.fullmatch(column.data_type)
    scale = int(numeric[2]) if numeric else 0
    digits = _FLOATS[file_type]
    value = f"cast({raw} as double)"
    least = f"abs({value}) * {2.0 ** (3 - digits)!r}"
    if file_type == "DOUBLE":
        # Tolerance for a difference that should be zero.
        least = f"greatest({least}, {10.0 ** (-scale - 6)!r})"
    return (
        f"abs({value}) < {2 ** (digits - 5) // 10**scale} "
        f"and abs(cast({typed} as double) - {value}) <= {least}"
    )


def _text(raw: str) -> str:
    # PostgreSQL does not allow NUL characters in text.
    return _where(f"not contains({raw}, chr(0))", raw)


def _decimal_text(column: Column, mark: str) -> str:
    numeric = _NUMERIC.fullmatch(column.data_type)
    scale = int(numeric[2]) if numeric else 0
    # Zeros beyond the scale are accepted: some databases write 12.50 as 12.5000.
    decimals = rf"\{mark}[0-9]{{0,{scale}}}0*"
    if mark == ".":
        return rf"[+-]?[0-9]+({decimals})?"
    # Points between thousands are accepted only with a decimal comma.
    return rf"[+-]?([0-9]+({decimals})?|[0-9]{{1,3}}(\.[0-9]{{3}})+{decimals})"


def _is_integer(column: Column) -> bool:
    return column.data_type in {"bigint", "integer"}


def _matches(raw: str, pattern: str) -> str:
    return f"regexp_full_match({raw}, {literal(pattern)})"


def _in_calendar(value: str) -> str:
    return _where(f"cast({value} as date) {_CALENDAR}", value)


def _where(condition: str, value: str) -> str:
    return f"case when {condition} then {value} end"
