"""DuckDB, the embedded engine: one file, nothing to start."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from ecommerce_analytics.contract import Contract, load_contract
from ecommerce_analytics.engines.base import BUILT_SCHEMAS, Relation, Row, built_schemas
from ecommerce_analytics.engines.duckdb.merge import apply_changes, merge, note
from ecommerce_analytics.errors import EcomError, MissingRelationError
from ecommerce_analytics.load import ChangeSummary, LoadSummary, load_shop
from ecommerce_analytics.load.changes import staged_changes
from ecommerce_analytics.load.loads import Load
from ecommerce_analytics.load.sql import identifier, literal
from ecommerce_analytics.load.stamps import next_stamp
from ecommerce_analytics.load.warehouse import latest
from ecommerce_analytics.locks import holder
from ecommerce_analytics.paths import DEFAULT_WAREHOUSE

# The default warehouse, as dbt_project/profiles.yml has it.
IN_PROFILE: Final = "../data/warehouse.duckdb"
# Tables and views in schemas that dbt does not build in, with or without a schema prefix.
_OTHERS: Final = (
    "select 1 from information_schema.tables where table_catalog = current_database() and "  # noqa: S608
    f"not regexp_matches(table_schema, '(^|_)({'|'.join(BUILT_SCHEMAS)})$') limit 1"
)
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


def contract_type(duckdb_type: str) -> str:
    """The source contract's name for a DuckDB type; the type itself, lower case, if none."""
    if decimal := _DECIMAL.fullmatch(duckdb_type):
        return f"numeric({decimal[1]},{decimal[2]})"
    return "string" if duckdb_type == "VARCHAR" else duckdb_type.lower()


@dataclass(frozen=True)
class DuckDBEngine:
    """The warehouse in a DuckDB file, which need not exist before the first load."""

    warehouse: Path
    target: str = "duckdb"

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self.warehouse)

    @property
    def environment(self) -> Mapping[str, str]:
        """The file's path, absolute unless it is the default.

        The profile's default is relative to the project's folder. dbt parses again when the path's
        text changes, so the default keeps the profile's own text.
        """
        path = self.warehouse.resolve()
        return {"ECOM_WAREHOUSE": IN_PROFILE if path == DEFAULT_WAREHOUSE else str(path)}

    @property
    def applies_whole(self) -> bool:
        """One transaction."""
        return True

    def load(
        self,
        source: Path,
        *,
        contract: Contract | None = None,
        loaded_at: datetime | None = None,
        days: Sequence[Path] = (),
    ) -> LoadSummary:
        """See `load.load_shop`; the daily batches are part of the transaction."""
        contract = contract or load_contract()
        shop = Load.of_shop(source)

        def finish(
            connection: duckdb.DuckDBPyConnection, rows: Mapping[str, int], stamp: datetime
        ) -> None:
            note(connection, contract, shop, rows, stamp)
            for day in days:
                with staged_changes(day, contract) as staged:
                    stamp = next_stamp(loaded_at, latest(connection, contract))
                    merge(connection, contract, staged, stamp)
                note(connection, contract, Load.of_batch(day), staged.upserts, stamp)

        return load_shop(
            source, self.warehouse, contract=contract, loaded_at=loaded_at, then=finish
        )

    def apply(
        self,
        source: Path,
        *,
        contract: Contract | None = None,
        loaded_at: datetime | None = None,
    ) -> ChangeSummary:
        """See `merge.apply_changes`."""
        return apply_changes(source, self.warehouse, contract=contract, loaded_at=loaded_at)

    @property
    def has_tables(self) -> bool:
        """Whether the file exists, with a table or view that dbt did not build."""
        return self.warehouse.exists() and bool(self._ask(_OTHERS))

    def clear(self) -> None:
        """Drop the schemas, and remove the file if it has no others."""
        if not self.warehouse.exists():
            return
        try:
            with duckdb.connect(str(self.warehouse)) as connection:
                for schema in (*built_schemas(), load_contract().schema):
                    connection.execute(f"drop schema if exists {identifier(schema)} cascade")
                is_empty = not connection.execute(_OTHERS).fetchall()
            if is_empty:
                self.warehouse.unlink()
        except (duckdb.Error, OSError) as error:
            reason = str(error).splitlines()[0]
            raise EcomError(
                self.refusal(reason) or f"cannot clear the warehouse {self.warehouse}: {reason}"
            ) from error

    def rows(self, query: str) -> list[Row]:
        """The rows of a query."""
        return self._ask(query)

    def table(self, query: str) -> tuple[Sequence[str], list[Row]]:
        """The names of a query's columns, and its rows."""
        return [name for name, *_ in self._ask(f"describe {query}")], self._ask(query)

    def columns(self, relation: Relation) -> dict[str, str]:
        """The relation's columns in order, with their types in the contract's words."""
        described = self._ask(
            "select column_name, data_type from duckdb_columns() where database_name = "  # noqa: S608
            f"current_database() and schema_name = {literal(relation.schema)} "
            f"and table_name = {literal(relation.name)} order by column_index"
        )
        return {name: contract_type(data_type) for name, data_type in described}

    def export(self, relation: Relation, path: Path) -> None:
        """Write the relation's rows as one Parquet file."""
        name = f"{identifier(relation.schema)}.{identifier(relation.name)}"
        self._ask(f"copy (select * from {name}) to {literal(str(path))} (format parquet)")  # noqa: S608

    def building(self) -> AbstractContextManager[None]:
        """Nothing to do: DuckDB allows only one writing process."""
        return nullcontext()

    def refusal(self, message: str) -> str | None:
        """Why DuckDB cannot open the file."""
        if who := holder(message):
            return (
                f"{self.warehouse} is held by another process ({who}); close it there and try again"
            )
        if "different configuration" in message:
            return (
                f"{self.warehouse} is open in this process already; "
                "close that connection and try again"
            )
        if self.warehouse.is_dir():
            return f"{self.warehouse} is a directory, expected a DuckDB file"
        if "not a valid DuckDB database" in message:
            return f"{self.warehouse} is not a DuckDB file; name another one: --warehouse FILE"
        return None

    def release(self) -> None:
        """Close the file: dbt keeps it open, and locked, until the process ends."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]

    def _ask(self, query: str) -> list[Row]:
        if not self.warehouse.exists():
            raise EcomError(f"there is no warehouse {self.warehouse}; make one: make demo")
        try:
            with duckdb.connect(str(self.warehouse), read_only=True) as connection:
                return connection.execute(query).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise MissingRelationError(str(error).splitlines()[0]) from error
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise EcomError(
                self.refusal(reason) or f"cannot read the warehouse {self.warehouse}: {reason}"
            ) from error
