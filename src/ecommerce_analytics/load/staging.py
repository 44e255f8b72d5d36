"""Stages a shop's checked files in a temporary DuckDB file for another engine's loader.

Checking first costs a second copy of the rows. In return a rejected file never reaches a server,
and all engines share one set of rules and messages.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ecommerce_analytics.contract import Contract
from ecommerce_analytics.load.warehouse import LoadSummary, load_shop
from ecommerce_analytics.private import scratch


@dataclass(frozen=True)
class StagedShop:
    """Checked rows in a DuckDB file, in the contract's schema and the order of their keys."""

    database: Path
    summary: LoadSummary


@contextmanager
def staged_shop(
    source: Path, contract: Contract, loaded_at: datetime | None = None
) -> Iterator[StagedShop]:
    """Check a shop's files and stage them in a temporary file until the context ends.

    Raises:
        EcomError: A file breaks the contract.
    """
    with scratch() as place:
        database = place / "shop.duckdb"
        summary = load_shop(
            source, database, contract=contract, loaded_at=loaded_at, has_person_key=False
        )
        yield StagedShop(database, summary)


@contextmanager
def opened(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that only reads what was staged; every time is UTC."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
