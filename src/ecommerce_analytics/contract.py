"""The source contract, read from the dbt sources YAML, where it is defined.

A table's columns, types, keys and allowed values come from the `columns:` of its entry. A column
with a `primary_key` constraint is part of the table's key; `primary_key` and `not_null` both forbid
nulls; a `check` constraint is a SQL predicate that is true or null in every row.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import DBT_PROJECT, SOURCES_YAML

if TYPE_CHECKING:
    import pyarrow as pa

LOADED_AT: Final = "loaded_at"

# Arrow's names for the contract's types. Arrow is imported only where it is used: most commands do
# not need it, and the import takes a quarter of a second.
_ARROW_TYPES: Final[Mapping[str, str]] = {
    "bigint": "int64",
    "integer": "int32",
    "string": "string",
    "boolean": "bool",
    "date": "date32",
    "timestamp": "timestamp[us]",
}
_NUMERIC = re.compile(r"numeric\((\d+),\s*(\d+)\)")
# The YAML's placeholder for the type of keys, which is chosen once per shop.
_KEY_TYPE: Final = "{{ var('key_type') }}"
_RAW_SCHEMA: Final = "{{ var('raw_schema') }}"
_PROJECT: Final = DBT_PROJECT / "dbt_project.yml"
KEY_TYPES: Final = ("bigint", "string")


@dataclass(frozen=True)
class Column:
    """One column of a source table; `data_type` is the contract's name for the type.

    A file may lack an `optional` column; its values are then null.
    """

    name: str
    data_type: str
    nullable: bool
    is_key: bool
    check: str | None
    references: str | None
    optional: bool = False

    @property
    def arrow_type(self) -> "pa.DataType":
        """The Arrow type that holds every value of the column exactly."""
        import pyarrow as pa

        if numeric := _NUMERIC.fullmatch(self.data_type):
            return pa.decimal128(int(numeric[1]), int(numeric[2]))
        alias: Any = _ARROW_TYPES[self.data_type]
        found: pa.DataType = pa.type_for_alias(alias)
        return found


@dataclass(frozen=True)
class Table:
    """One source table: its columns in file order, `loaded_at` last.

    A `kept` table is append-only: loads and batches never replace or delete its rows.
    """

    name: str
    optional: bool
    columns: tuple[Column, ...]
    kept: bool = False

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """The columns of a file: all except the one that the loader sets."""
        return tuple(column for column in self.columns if column.name != LOADED_AT)

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the primary key's columns."""
        return tuple(column.name for column in self.columns if column.is_key)

    @property
    def arrow_schema(self) -> "pa.Schema":
        """The schema of the table's files."""
        import pyarrow as pa

        return pa.schema(
            [pa.field(c.name, c.arrow_type, nullable=c.nullable) for c in self.file_columns]
        )


@dataclass(frozen=True)
class Contract:
    """The raw schema's name and its tables, in loading order."""

    schema: str
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        """The table called `name`; raises `KeyError` if the contract does not have it."""
        return {table.name: table for table in self.tables}[name]


@cache
def load_contract(path: Path = SOURCES_YAML, key_type: str | None = None) -> Contract:
    """Read the contract.

    Args:
        path: The dbt YAML file that declares the source.
        key_type: The type of natural keys, bigint or string; by default the project's.

    Returns:
        The contract, with tables in the order of the file.

    Raises:
        EcomError: The file is missing, is not YAML, or uses a type that the contract does not know.
    """
    try:
        text = path.read_text(encoding="utf-8")
        text = text.replace(_RAW_SCHEMA, str(_project_var("raw_schema")))
        document = yaml.safe_load(text.replace(_KEY_TYPE, key_type or project_key_type()))
        source = document["sources"][0]
    except (OSError, yaml.YAMLError, KeyError, TypeError, IndexError) as error:
        raise EcomError(f"cannot read the source contract {path}: {error}") from error
    return Contract(source["schema"], tuple(_table(entry) for entry in source["tables"]))


def project_source() -> str:
    """The dbt source with the shop's tables: the contract's, or the connector's."""
    chosen = str(_project_var("ecommerce_source"))
    return "ecommerce" if chosen == "contract" else chosen


@cache
def project_key_type() -> str:
    """The type of natural keys set in dbt_project.yml.

    Raises:
        EcomError: The file cannot be read, or sets another type.
    """
    chosen = _project_var("key_type")
    if chosen not in KEY_TYPES:
        raise EcomError(f"{_PROJECT}: the var key_type is {chosen!r}; use {' or '.join(KEY_TYPES)}")
    return str(chosen)


def _project_var(name: str) -> Any:
    try:
        return yaml.safe_load(_PROJECT.read_text(encoding="utf-8"))["vars"][name]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise EcomError(f"cannot read the var {name} in {_PROJECT}: {error}") from error


def _table(entry: Mapping[str, Any]) -> Table:
    meta = entry.get("config", {}).get("meta", {})
    # Other raw table names are for other loaders: `ecom` loads into the contract's tables.
    identifier = entry.get("identifier", entry["name"])
    name = entry["name"] if "raw_tables" in identifier else identifier
    columns = tuple(_column(name, column) for column in entry["columns"])
    return Table(
        name, bool(meta.get("optional", False)), columns, kept=bool(meta.get("kept", False))
    )


def _column(table: str, entry: Mapping[str, Any]) -> Column:
    constraints = {c["type"]: c.get("expression") for c in entry.get("constraints", ())}
    data_type = str(entry["data_type"])
    if data_type not in _ARROW_TYPES and not _NUMERIC.fullmatch(data_type):
        raise EcomError(
            f"the source contract gives {table}.{entry['name']} the type {data_type!r}; "
            f"use one of {', '.join(_ARROW_TYPES)}, numeric(p,s)"
        )
    return Column(
        name=entry["name"],
        data_type=data_type,
        nullable=not constraints.keys() & {"not_null", "primary_key"},
        is_key="primary_key" in constraints,
        check=constraints.get("check"),
        references=constraints.get("foreign_key"),
        optional=bool(entry.get("config", {}).get("meta", {}).get("optional", False)),
    )
