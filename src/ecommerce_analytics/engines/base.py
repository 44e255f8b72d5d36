"""The operations of every engine: load, query, build with dbt, compare."""

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from ecommerce_analytics.contract import Contract
from ecommerce_analytics.load import ChangeSummary, LoadSummary

Row = tuple[Any, ...]

# The schema that dbt builds in unless `ECOM_SCHEMA` names another, and the audit schema beside it.
BUILT_SCHEMAS: Final = (
    "staging",
    "intermediate",
    "marts",
    "snapshots",
    "seeds",
    "audit",
    "test_failures",
    "analytics",
)


def built_schemas() -> tuple[str, ...]:
    """The schemas that dbt builds in, including those of a custom `ECOM_SCHEMA`."""
    own = os.environ.get("ECOM_SCHEMA", BUILT_SCHEMAS[-1])
    if own in ("", BUILT_SCHEMAS[-1]):
        return BUILT_SCHEMAS
    return (*BUILT_SCHEMAS, own, *(f"{own}_{name}" for name in BUILT_SCHEMAS))


@dataclass(frozen=True)
class Relation:
    """A table or view of the warehouse, by its schema and name."""

    schema: str
    name: str

    def __str__(self) -> str:
        """`schema.name`."""
        return f"{self.schema}.{self.name}"


class Engine(Protocol):
    """One warehouse. Its methods raise EcomError, with one sentence, if it cannot be reached."""

    @property
    def target(self) -> str:
        """The dbt target of the profile."""

    @property
    def place(self) -> str:
        """The warehouse's name in a message."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that dbt's profile needs to find this warehouse."""

    @property
    def applies_whole(self) -> bool:
        """Whether a batch of changes that is killed half-way leaves no partial changes."""

    def load(
        self,
        source: Path,
        *,
        contract: Contract | None = None,
        loaded_at: datetime | None = None,
        days: Sequence[Path] = (),
    ) -> LoadSummary:
        """Replace the raw tables with a shop's files and its daily batches, atomically."""

    def apply(
        self,
        source: Path,
        *,
        contract: Contract | None = None,
        loaded_at: datetime | None = None,
    ) -> ChangeSummary:
        """Apply a batch of changes to the raw tables, atomically."""

    @property
    def has_tables(self) -> bool:
        """Whether there is a table that dbt did not build; if not, nothing is loaded."""

    def clear(self) -> None:
        """Remove the raw tables and everything that dbt built from them, for a fresh start."""

    def rows(self, query: str) -> list[Row]:
        """The rows of a query.

        Raises:
            MissingRelationError: The query reads something that has not been built yet.
        """

    def table(self, query: str) -> tuple[Sequence[str], list[Row]]:
        """The names of a query's columns, and its rows; raises like `rows`."""

    def columns(self, relation: Relation) -> dict[str, str]:
        """The relation's columns in order, each with its type in the source contract's words.

        Empty if the relation does not exist.
        """

    def export(self, relation: Relation, path: Path) -> None:
        """Export the relation's rows as Parquet with exact values; `path` may be a directory."""

    def building(self) -> AbstractContextManager[None]:
        """Lock the warehouse for one build.

        Raises:
            EcomError: Another build holds it.
        """

    def refusal(self, message: str) -> str | None:
        """Translate an engine's error message into a sentence without a full stop.

        Null if the message is about something else.
        """

    def release(self) -> None:
        """Release what dbt, run in this process, still holds."""
