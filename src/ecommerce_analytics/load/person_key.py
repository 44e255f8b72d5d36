"""The secret key of a warehouse's person ids: `raw_data.person_key`, one row.

A person id is a hash of this key and the address, so that an address cannot be looked up from the
marts alone. A warehouse gets its key with its first load and keeps it, because another key would
change all ids. The key is never part of a statement's text.
"""

import os
import secrets
from pathlib import Path
from typing import Final

import duckdb
from dotenv import dotenv_values

from ecommerce_analytics.contract import Contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.sql import identifier
from ecommerce_analytics.paths import ENV_FILE, MANIFEST

TABLE: Final = "person_key"
COLUMN: Final = "secret"
VARIABLE: Final = "ECOM_PERSON_KEY"
# Not secret: a generated shop's people are made up, and its ids are the same on every machine.
GENERATED: Final = "the key of every generated shop"

_SHORTEST: Final = 32
_BYTES: Final = 32


def has_people(contract: Contract) -> bool:
    """Whether these are a shop's tables, and not those of a lifetime value fit."""
    return any(table.name == "customers" for table in contract.tables)


def wanted_key(source: Path, held: str | None, environment_file: Path = ENV_FILE) -> str | None:
    """The key for a warehouse to be loaded from these files; null if it keeps its own.

    Args:
        source: The directory with the files of a shop, or of a batch.
        held: The warehouse's key, or null. Only the key of generated shops is replaced, by that of
            a real shop.
        environment_file: The file with the key, if it is not in the environment.

    Raises:
        EcomError: The key in the environment is too short to be secret.
    """
    is_generated = any((folder / MANIFEST).is_file() for folder in (source, source.parent.parent))
    if held is not None and (is_generated or held != GENERATED):
        return None
    if given := _given(environment_file):
        return given
    return GENERATED if is_generated else secrets.token_hex(_BYTES)


def keep_key(connection: duckdb.DuckDBPyConnection, contract: Contract, source: Path) -> None:
    """Write the attached DuckDB warehouse's key, within the transaction of a load."""
    if not has_people(contract):
        return
    table = f"warehouse.{identifier(contract.schema)}.{TABLE}"
    connection.execute(f"create table if not exists {table} ({COLUMN} varchar not null)")
    found = connection.execute(f"select {COLUMN} from {table}").fetchone()  # noqa: S608
    if key := wanted_key(source, found[0] if found else None):
        connection.execute(f"delete from {table}")  # noqa: S608
        connection.execute(f"insert into {table} values (?)", [key])  # noqa: S608


def _given(environment_file: Path) -> str | None:
    given = os.environ.get(VARIABLE) or _in_file(environment_file)
    if given and len(given) < _SHORTEST:
        raise EcomError(
            f"{VARIABLE} has {len(given)} characters, expected at least {_SHORTEST}; "
            "make one: openssl rand -hex 32"
        )
    return given


def _in_file(path: Path) -> str | None:
    # PostgreSQL's settings report an unreadable file.
    try:
        with path.open(encoding="utf-8") as lines:
            return dotenv_values(stream=lines, interpolate=False).get(VARIABLE)
    except (OSError, UnicodeDecodeError):
        return None
