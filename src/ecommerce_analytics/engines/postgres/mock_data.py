"""The shop as psql scripts, which fill a new PostgreSQL server at its first start.

One script per table, `<table>.sql`, and `load.sql`, which runs them in the contract's order. The
server's init script does not depend on the tables: it runs `load.sql` if it exists.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from ecommerce_analytics.contract import Contract, Table, load_contract
from ecommerce_analytics.engines.postgres.load_sql import (
    NOW,
    copy_lines,
    copy_statement,
    create_table,
    qualified,
)
from ecommerce_analytics.engines.postgres.settings import LOADER
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.loads import Load, insert
from ecommerce_analytics.load.person_key import COLUMN, GENERATED, TABLE
from ecommerce_analytics.load.sql import identifier, literal
from ecommerce_analytics.load.staging import opened, staged_shop
from ecommerce_analytics.paths import MANIFEST, MOCK_DATA
from ecommerce_analytics.private import scratch

# The container's account for the server, unless this user is not root: Compose then runs it as this
# user.
_CONTAINERS_ACCOUNT: Final = (70, 70)
_INDEX: Final = "load.sql"
_MADE_BY: Final = "-- Written by `ecom postgres mock-data`; what is changed here is lost.\n"
# Stop at the first error, and read the script as UTF-8 regardless of the terminal.
_SETTINGS: Final = "\\set ON_ERROR_STOP on\n\\encoding UTF8\n"


@dataclass(frozen=True)
class MockDataSummary:
    """The result: rows per table in the contract's order, and the time taken."""

    directory: Path
    rows: Mapping[str, int]
    seconds: float


def write_mock_data(
    source: Path, directory: Path = MOCK_DATA, *, contract: Contract | None = None
) -> MockDataSummary:
    """Write a shop's files as scripts that create and fill the raw tables on PostgreSQL.

    The files are checked against the contract exactly as in `ecom load`. The same files give the
    same bytes: `loaded_at` is the time at which a script runs. Memory use is bounded. If anything
    fails, the existing scripts are not changed.

    Args:
        source: The directory with `<table>.parquet` or `<table>.csv` for every required table.
        directory: The directory of the scripts; created if missing.
        contract: The tables to write, by default the project's.

    Returns:
        The rows written and the time taken.

    Raises:
        EcomError: A file breaks the contract, or the scripts cannot be written.
    """
    started = time.perf_counter()
    contract = contract or load_contract()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with scratch(directory) as place:
            rows = _write(source, place, contract)
            _replace(place, directory, contract)
    except OSError as error:
        raise EcomError(f"cannot write to {directory}: {error.strerror or error}") from error
    return MockDataSummary(directory, rows, time.perf_counter() - started)


def _write(source: Path, place: Path, contract: Contract) -> dict[str, int]:
    with staged_shop(source, contract) as staged, opened(staged.database) as connection:
        rows = dict(staged.summary.rows)
        for name in rows:
            _write_table(connection, contract, contract.table(name), place / f"{name}.sql")
    index = "".join(f"\\ir {name}.sql\n" for name in rows)
    note = insert(Load.of_shop(source), rows.values(), NOW, f"{contract.schema}.orders")
    (place / _INDEX).write_text(
        f"{_MADE_BY}{_SETTINGS}{index}{_person_key(source, contract)}"
        f"set role {LOADER};\n{note};\nreset role;\n",
        encoding="utf-8",
    )
    return rows


def _write_table(
    connection: duckdb.DuckDBPyConnection, contract: Contract, table: Table, path: Path
) -> None:
    name = qualified(contract, table)
    head = (
        f"{_MADE_BY}{_SETTINGS}"
        f"begin;\nset local role {LOADER};\n"
        f"{create_table(contract, table)};\n"
        # Truncated, not dropped, because views may depend on it.
        f"truncate {name};\n"
        f"{copy_statement(contract, table, table.file_columns)};\n"
    )
    with path.open("wb") as file:
        file.write(head.encode())
        relation = f"select * from {name}"  # noqa: S608
        file.writelines(copy_lines(connection, relation, table.file_columns))
        file.write(f"\\.\nanalyze {name};\ncommit;\n".encode())


def _person_key(source: Path, contract: Contract) -> str:
    """The server creates its own key, except for a generated shop, whose key is not secret."""
    table = f"{identifier(contract.schema)}.{TABLE}"
    is_generated = (source / MANIFEST).is_file()
    key = literal(GENERATED) if is_generated else "replace(concat(a, b), '-', '')"
    return (
        f"begin;\nset local role {LOADER};\n"  # noqa: S608
        f"create table if not exists {table} ({COLUMN} text not null);\n"
        f"insert into {table} select {key} from gen_random_uuid() as a, gen_random_uuid() as b\n"
        f"where not exists (select 1 from {table});\ncommit;\n"
    )


def _replace(place: Path, directory: Path, contract: Contract) -> None:
    """Move the scripts into place; `load.sql` comes last, so that a partial set is never run."""
    (directory / _INDEX).unlink(missing_ok=True)
    for table in contract.tables:
        (directory / f"{table.name}.sql").unlink(missing_ok=True)
    for path in sorted(place.glob("*.sql"), key=lambda path: path.name == _INDEX):
        path.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(path, *_CONTAINERS_ACCOUNT)
        path.rename(directory / path.name)
