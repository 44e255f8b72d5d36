"""Spark with Iceberg tables: in this process, or a cluster behind a Thrift server.

Spark is used through SQL only, so that commands treat both alike. Rows are exchanged as Parquet
files in a directory that both sides can access.
"""

import os
import re
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ecommerce_analytics.contract import LOADED_AT, Contract, Table, load_contract
from ecommerce_analytics.engines.base import Relation, Row, built_schemas
from ecommerce_analytics.engines.spark import load_sql as iceberg_sql
from ecommerce_analytics.engines.spark.session import (
    DIRECTORY_VARIABLE,
    open_session,
    prepare,
    run,
    session_refusal,
    stop,
)
from ecommerce_analytics.engines.spark.thrift import ThriftSettings, ask, thrift_refusal
from ecommerce_analytics.errors import EcomError, MissingRelationError
from ecommerce_analytics.load import ChangeSummary, LoadSummary
from ecommerce_analytics.load.changes import (
    CHANGED,
    DELETED,
    can_change,
    deleted_name,
    staged_changes,
)
from ecommerce_analytics.load.loads import LOADS, Load, create_table, insert
from ecommerce_analytics.load.person_key import COLUMN, TABLE, has_people, wanted_key
from ecommerce_analytics.load.sql import identifier
from ecommerce_analytics.load.staging import opened, staged_shop
from ecommerce_analytics.load.stamps import latest_stamp, next_stamp, stamped
from ecommerce_analytics.locks import alone
from ecommerce_analytics.private import scratch

_MISSING: Final = re.compile(
    r"TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND|UNRESOLVED_COLUMN|No such namespace"
)
_DECIMAL: Final = re.compile(r"decimal\((\d+),(\d+)\)")


def contract_type(spark_type: str) -> str:
    """The source contract's name for a Spark type; the type itself if there is none."""
    if decimal := _DECIMAL.fullmatch(spark_type):
        return f"numeric({decimal[1]},{decimal[2]})"
    return "integer" if spark_type == "int" else spark_type


class _IcebergEngine(ABC):
    """The operations shared by both Sparks, which differ in how they run a statement."""

    @property
    @abstractmethod
    def place(self) -> str:
        """The warehouse's name in a message."""

    @property
    @abstractmethod
    def exchange(self) -> Path:
        """A directory that this process and Spark can both access."""

    @property
    @abstractmethod
    def lock_file(self) -> Path:
        """The file that a load or a build locks while it runs."""

    @abstractmethod
    def refusal(self, message: str) -> str | None:
        """Why Spark failed, as a sentence; null if the message is about something else."""

    @abstractmethod
    def _ask(self, statement: str) -> list[Row]:
        """Run a statement; driver errors pass through."""

    @property
    def applies_whole(self) -> bool:
        """One commit per table."""
        return False

    def load(
        self,
        source: Path,
        *,
        contract: Contract | None = None,
        loaded_at: datetime | None = None,
        days: Sequence[Path] = (),
    ) -> LoadSummary:
        """Replace the raw tables with a shop's files and its daily batches.

        Every file is checked before the first table is changed, and each table is replaced in one
        commit. A load that is killed between two commits leaves some tables replaced; the next load
        replaces all. The row in `audit.loads` is written last.

        Raises:
            EcomError: A file breaks the contract, or Spark cannot be reached or raises an error.
        """
        started = time.perf_counter()
        contract = contract or load_contract()
        with (
            self.building(),
            staged_shop(source, contract, loaded_at) as staged,
            opened(staged.database) as rows,
            self._exchanged() as scratch,
        ):
            self.rows(f"create schema if not exists {contract.schema}")
            stamp = self._next_stamp(contract, loaded_at)
            for name in staged.summary.rows:
                table = contract.table(name)
                held = f"({stamped(f'{identifier(contract.schema)}.{identifier(name)}', stamp)})"
                path = scratch / f"{name}.parquet"
                iceberg_sql.write_rows(rows, held, table.columns, path)
            # Created empty first, so that a first load that was killed can be recognised.
            self.rows("create schema if not exists audit")
            self.rows(create_table(LOADS, "string", " using iceberg"))
            for table in contract.tables:
                if table.name in staged.summary.rows:
                    path = scratch / f"{table.name}.parquet"
                    is_added = table.kept and self._is_there(contract, table)
                    form = iceberg_sql.upsert if is_added else iceberg_sql.replace_table
                    self.rows(form(contract, table, str(path)))
                elif not table.kept:
                    self.rows(f"drop table if exists {iceberg_sql.qualified(contract, table)}")
            self._keep_key(contract, source, scratch)
        brought = [self._apply(day, contract, loaded_at) for day in days]
        summary = staged.summary
        self._note(contract, Load.of_shop(source), summary.rows, stamp)
        for day, (batch, stamp) in zip(days, brought, strict=True):
            self._note(contract, Load.of_batch(day), batch.upserts, stamp)
        return replace(summary, seconds=time.perf_counter() - started)

    def apply(
        self,
        source: Path,
        *,
        contract: Contract | None = None,
        loaded_at: datetime | None = None,
    ) -> ChangeSummary:
        """Insert, replace and delete rows of the raw tables.

        Every file is checked before the first table is changed. A batch that is killed half-way can
        be applied again, because each statement is idempotent.

        Raises:
            EcomError: A file breaks the contract, or Spark cannot be reached or raises an error.
        """
        contract = contract or load_contract()
        summary, stamp = self._apply(source, contract, loaded_at)
        self._note(contract, Load.of_batch(source), summary.upserts, stamp)
        return summary

    def _note(
        self,
        contract: Contract,
        load: Load,
        rows: Mapping[str, int],
        stamp: datetime,
    ) -> None:
        """Add a load's row to `audit.loads`."""
        self.rows("create schema if not exists audit")
        self.rows(create_table(LOADS, "string", " using iceberg"))
        self.rows(insert(load, rows.values(), stamp, f"{contract.schema}.orders"))

    def _apply(
        self, source: Path, contract: Contract, loaded_at: datetime | None
    ) -> tuple[ChangeSummary, datetime]:
        started = time.perf_counter()
        with (
            self.building(),
            staged_changes(source, contract, loaded_at) as staged,
            opened(staged.database) as rows,
            self._exchanged() as scratch,
        ):
            statements = []
            stamp = self._next_stamp(contract, loaded_at)
            for name in staged.deletes:
                table = contract.table(name)
                if not self._is_there(contract, table):
                    continue
                key = [column for column in table.columns if column.is_key]
                path = scratch / f"{name}.deleted.parquet"
                held = f"{DELETED}.{identifier(deleted_name(name))}"
                iceberg_sql.write_rows(rows, held, key, path)
                statements.append(iceberg_sql.delete(contract, table, str(path)))
            for name in staged.upserts:
                table = contract.table(name)
                path = scratch / f"{name}.parquet"
                held = f"({stamped(f'{CHANGED}.{identifier(name)}', stamp)})"
                iceberg_sql.write_rows(rows, held, table.columns, path)
                form = (
                    iceberg_sql.upsert
                    if self._is_there(contract, table)
                    else iceberg_sql.replace_table
                )
                statements.append(form(contract, table, str(path)))
            for statement in statements:
                self.rows(statement)
            self._keep_key(contract, source, scratch)
        return staged.summary(time.perf_counter() - started), stamp

    @property
    def has_tables(self) -> bool:
        """Whether the contract's schema has a table."""
        try:
            return bool(self.rows(f"show tables in {load_contract().schema}"))
        except MissingRelationError:
            return False

    def clear(self) -> None:
        """Drop the schemas and everything in them."""
        for schema in (*built_schemas(), load_contract().schema):
            self.rows(f"drop schema if exists {schema} cascade")

    def rows(self, query: str) -> list[Row]:
        """The rows of a query; times are UTC without a zone, as on the other engines."""
        try:
            return [tuple(_value(value) for value in row) for row in self._ask(query)]
        except EcomError:
            raise
        except Exception as error:
            if not _is_drivers(error):
                raise
            message = _first_line(error)
            if _MISSING.search(message):
                raise MissingRelationError(message) from error
            raise EcomError(
                self.refusal(str(error)) or f"{self.place} refused: {message}"
            ) from error

    def table(self, query: str) -> tuple[Sequence[str], list[Row]]:
        """The names of a query's columns, and its rows."""
        return [name for name, *_ in self.rows(f"describe query {query}")], self.rows(query)

    def columns(self, relation: Relation) -> dict[str, str]:
        """The relation's columns in order, with their types in the contract's words."""
        try:
            described = self.rows(f"describe {relation}")
        except MissingRelationError:
            return {}
        columns = {}
        for name, data_type, *_ in described:
            # The partitioning follows below the columns.
            if not name or name.startswith("#"):
                break
            columns[name] = contract_type(data_type)
        return columns

    def export(self, relation: Relation, path: Path) -> None:
        """Write the relation's rows as a directory of Parquet files."""
        values = ", ".join(
            f"cast({name} as timestamp_ntz) as {name}" if data_type == "timestamp" else name
            for name, data_type in self.columns(relation).items()
        )
        self.rows(
            f"insert overwrite directory '{path}' using parquet "  # noqa: S608
            f"select /*+ coalesce(1) */ {values} from {relation}"
        )

    def building(self) -> AbstractContextManager[None]:
        """Lock the warehouse, as a load does."""
        return alone(self.lock_file, self.place)

    def _keep_key(self, contract: Contract, source: Path, scratch: Path) -> None:
        """Store the warehouse's person key, through a file like all other rows."""
        if not has_people(contract):
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        relation = Relation(contract.schema, TABLE)
        is_there = bool(self.columns(relation))
        held = self.rows(f"select {COLUMN} from {relation}") if is_there else []  # noqa: S608
        if key := wanted_key(source, held[0][0] if held else None):
            path = scratch / f"{TABLE}.parquet"
            pq.write_table(pa.table({COLUMN: [key]}), path)
            self.rows(
                f"create or replace table {relation} using iceberg as "  # noqa: S608
                f"select {COLUMN} from parquet.`{path}`"
            )

    @contextmanager
    def _exchanged(self) -> Iterator[Path]:
        try:
            self.exchange.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EcomError(f"cannot make {self.exchange}: {error.strerror}") from error
        with scratch(self.exchange) as place:
            yield place.resolve()

    def _next_stamp(self, contract: Contract, loaded_at: datetime | None) -> datetime:
        """See `stamps.next_stamp`."""
        there = []
        for table in contract.tables:
            relation = Relation(contract.schema, table.name)
            if self.columns(relation).get(LOADED_AT) == "timestamp":
                there.append(str(relation))
        if not there:
            return next_stamp(loaded_at, None)
        ((latest,),) = self.rows(latest_stamp(there))
        return next_stamp(loaded_at, latest)

    def _is_there(self, contract: Contract, table: Table) -> bool:
        found = self.columns(Relation(contract.schema, table.name))
        return can_change(contract, table, is_there=bool(found))


@dataclass(frozen=True)
class SparkEngine(_IcebergEngine):
    """The warehouse in a directory, with Spark in this process.

    Only one process can use it at a time.
    """

    directory: Path
    target: str = "spark"

    @property
    def place(self) -> str:
        """The directory."""
        return f"Spark in {self.directory}"

    @property
    def exchange(self) -> Path:
        """A subdirectory of it."""
        return self.directory / "tmp"

    @property
    def lock_file(self) -> Path:
        """A file in the directory."""
        return self.directory.resolve() / "ecom.lock"

    @property
    def environment(self) -> Mapping[str, str]:
        """The location of the warehouse, which this process releases for dbt.

        With the Java that was found for it, unless it is the one on the path.
        """
        stop()
        prepare(self.directory)
        java = {name: os.environ[name] for name in ("JAVA_HOME",) if name in os.environ}
        return {DIRECTORY_VARIABLE: str(self.directory.resolve()), **java}

    @property
    def has_tables(self) -> bool:
        """Whether the raw schema's directory contains a table, checked without starting Spark."""
        raw = self.directory / "warehouse" / f"{load_contract().schema}.db"
        return raw.is_dir() and any(raw.iterdir())

    def clear(self) -> None:
        """Remove the tables' files and the metastore."""
        stop()
        try:
            for name in ("warehouse", "metastore"):
                if (path := self.directory / name).exists():
                    shutil.rmtree(path)
        except OSError as error:
            raise EcomError(f"cannot clear {self.directory}: {error.strerror}") from error

    def refusal(self, message: str) -> str | None:
        """Why Spark cannot start or continue."""
        return session_refusal(self.directory, message)

    def release(self) -> None:
        """Stop this process's Spark, so that another process can use the warehouse."""
        stop()

    def _ask(self, statement: str) -> list[Row]:
        return run(open_session(self.directory), statement)


@dataclass(frozen=True)
class SparkClusterEngine(_IcebergEngine):
    """The warehouse of a cluster, through its Thrift server."""

    settings: ThriftSettings = field(default_factory=ThriftSettings.from_environment)
    target: str = "spark_cluster"

    @property
    def place(self) -> str:
        """The server."""
        return f"Spark on {self.settings.address}"

    @property
    def exchange(self) -> Path:
        """A directory that is mounted here and on every machine of the cluster."""
        return self.settings.exchange

    @property
    def lock_file(self) -> Path:
        """A file named after the server's address, because servers may share the directory."""
        return self.exchange.resolve() / f"ecom-{self.settings.host}-{self.settings.port}.lock"

    @property
    def environment(self) -> Mapping[str, str]:
        """What the profile reads."""
        return self.settings.environment

    def refusal(self, message: str) -> str | None:
        """Why the server cannot be used."""
        return thrift_refusal(self.settings, message)

    def release(self) -> None:
        """Nothing: dbt closes its own connections."""

    def _ask(self, statement: str) -> list[Row]:
        return ask(self.settings, statement)


def _value(value: Any) -> Any:
    """A value as the other engines return it: Spark returns times in this machine's zone."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _is_drivers(error: Exception) -> bool:
    """Whether the error comes from Spark or the connection, not from this program."""
    return type(error).__module__.startswith(("py4j", "pyspark", "pyhive", "thrift", "TCLIService"))


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))
