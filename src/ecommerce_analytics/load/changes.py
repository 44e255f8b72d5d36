"""Batches of changes: rows to insert or replace by key, and keys of deleted rows.

`<table>.parquet` or `<table>.csv` has rows to insert, or to replace if their key exists.
`<table>.deleted.parquet` or `.csv` has the keys of rows to delete. Every file is checked against
the source contract, as in a load. Deletes are applied first, so a key can be reused.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ecommerce_analytics.contract import Contract, Table, load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.faults import FaultsError, Finding
from ecommerce_analytics.load.warehouse import LoadSummary, load_shop
from ecommerce_analytics.private import scratch

CHANGED: Final = "changed"
DELETED: Final = "deleted"


@dataclass(frozen=True)
class ChangeSummary:
    """The result of a batch: rows per changed table, and the time taken.

    `upserts` counts rows in the files; `deletes` counts keys, whether or not they existed.
    """

    upserts: Mapping[str, int]
    deletes: Mapping[str, int]
    seconds: float
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StagedChanges:
    """Checked changes in a DuckDB file: `changed.<table>` and `deleted.<table>`."""

    database: Path
    upserts: Mapping[str, int]
    deletes: Mapping[str, int]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]

    def summary(self, seconds: float) -> ChangeSummary:
        """The result of the applied batch."""
        return ChangeSummary(self.upserts, self.deletes, seconds, self.ignored, self.notes)


@contextmanager
def staged_changes(
    source: Path, contract: Contract | None = None, loaded_at: datetime | None = None
) -> Iterator[StagedChanges]:
    """Check a batch of changes and stage it in a temporary file.

    Args:
        source: The directory with the batch's files; only changed tables have one.
        contract: The tables, by default the project's.
        loaded_at: The load time of every row, with a time zone; by default now. An engine may use a
            later one, see `stamps`.

    Yields:
        The batch, until the context ends.

    Raises:
        EcomError: A file breaks the contract, or the directory has no file of a table.
    """
    contract = contract or load_contract()
    instant = loaded_at or datetime.now(UTC)
    with scratch() as place:
        database = place / "changes.duckdb"
        changed, deleted = _load_both(source, database, contract, instant)
        if not (changed.rows or deleted.rows):
            raise EcomError(
                f"{source} holds no changes; expected files such as "
                f"{contract.tables[0].name}.parquet or {contract.tables[0].name}.deleted.parquet"
            )
        deletes = {name.removesuffix(f".{DELETED}"): n for name, n in deleted.rows.items()}
        ignored = tuple(sorted(set(changed.ignored) & set(deleted.ignored)))
        notes = (*changed.notes, *deleted.notes)
        yield StagedChanges(database, changed.rows, deletes, ignored, notes)


def deleted_name(table: str) -> str:
    """The name of the table with keys to delete, in file name and schema."""
    return f"{table}.{DELETED}"


def can_change(contract: Contract, table: Table, *, is_there: bool) -> bool:
    """Whether a raw table exists and so can be changed; an optional one may be missing.

    Raises:
        EcomError: A required table is missing.
    """
    if not (is_there or table.optional):
        raise EcomError(
            f"the warehouse has no table {contract.schema}.{table.name}; "
            "load a whole shop first: ecom load"
        )
    return is_there


def _load_both(
    source: Path, database: Path, contract: Contract, instant: datetime
) -> tuple[LoadSummary, LoadSummary]:
    """The rows and the keys of a batch; raises the faults of both."""
    summaries: list[LoadSummary] = []
    findings: list[Finding] = []
    for part in (_rows(contract), _keys(contract)):
        try:
            summaries.append(
                load_shop(source, database, contract=part, loaded_at=instant, has_person_key=False)
            )
        except FaultsError as error:
            findings += error.findings
    if findings:
        raise FaultsError(findings)
    changed, deleted = summaries
    return changed, deleted


def _rows(contract: Contract) -> Contract:
    tables = tuple(replace(table, optional=True, kept=False) for table in contract.tables)
    return Contract(CHANGED, tables)


def _keys(contract: Contract) -> Contract:
    # Tables marked `kept` are never deleted from.
    changeable = (table for table in contract.tables if not table.kept)
    return Contract(DELETED, tuple(_key_table(table) for table in changeable))


def _key_table(table: Table) -> Table:
    # A deleted key needs only the right type.
    key = tuple(replace(column, check=None) for column in table.columns if column.is_key)
    return Table(deleted_name(table.name), optional=True, columns=key)
