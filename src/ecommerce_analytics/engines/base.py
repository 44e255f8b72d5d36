"""What every engine can do for the commands: load, be asked, be built on by dbt, be compared."""

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

# What dbt builds in where `ECOM_SCHEMA` names no other, and the audit tables beside it.
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
    """The schemas that dbt builds in, with those of a schema of one's own (`ECOM_SCHEMA`)."""
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
        """As people write it."""
        return f"{self.schema}.{self.name}"


class Engine(Protocol):
    """One warehouse. Its methods raise EcomError, in one sentence, where it cannot be reached."""

    @property
    def target(self) -> str:
        """The dbt target of the profile."""

    @property
    def place(self) -> str:
        """What the warehouse is called in a sentence."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables with which dbt's profile finds this warehouse."""

    @property
    def applies_whole(self) -> bool:
        """Whether a batch of changes that is killed on its way leaves nothing behind."""

    def load(
        self,
        source: Path,
        *,
        contract: Contract | None = None,
        loaded_at: datetime | None = None,
        days: Sequence[Path] = (),
    ) -> LoadSummary:
        """Replace the raw tables by a shop's files and its days' batches: all, or nothing."""

    def apply(
        self,
        source: Path,
        *,
        contract: Contract | None = None,
        loaded_at: datetime | None = None,
    ) -> ChangeSummary:
        """Apply a batch of changes to the raw tables: all of them, or nothing."""

    @property
    def has_tables(self) -> bool:
        """Whether there is a table that dbt did not build: without one, nothing is loaded."""

    def clear(self) -> None:
        """Remove the raw tables and all that dbt built of them, to begin afresh."""

    def rows(self, query: str) -> list[Row]:
        """The rows of a query.

        Raises:
            MissingRelationError: The query asks for something that has not been built yet.
        """

    def table(self, query: str) -> tuple[Sequence[str], list[Row]]:
        """The names of a query's columns, and its rows; raises as `rows` does."""

    def columns(self, relation: Relation) -> dict[str, str]:
        """The relation's columns in order, each with its type in the source contract's words.

        Empty where there is no such relation.
        """

    def export(self, relation: Relation, path: Path) -> None:
        """Write the relation's rows as Parquet, every value as it is; `path` may be a directory."""

    def building(self) -> AbstractContextManager[None]:
        """Hold the warehouse for one build.

        Raises:
            EcomError: Another build holds it.
        """

    def refusal(self, message: str) -> str | None:
        """Why the engine would not be used, from its own words, as a sentence without a full stop.

        Null where the message is about something else.
        """

    def release(self) -> None:
        """Give up what dbt, run in this process, still holds."""
