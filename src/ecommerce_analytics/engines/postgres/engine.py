"""PostgreSQL, the shared warehouse: each task uses the least privileged role that can do it.

The loader's role fills the raw tables; the transformer's role runs dbt and reads the result.
"""

import io
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import psycopg2
from psycopg2 import errors, extensions

from ecommerce_analytics.contract import LOADED_AT, Column, Contract, Table, load_contract
from ecommerce_analytics.engines.base import Relation, Row, built_schemas
from ecommerce_analytics.engines.postgres.load_sql import (
    copy_lines,
    copy_statement,
    create_table,
    qualified,
)
from ecommerce_analytics.engines.postgres.settings import LOADER, TRANSFORMER, PostgresSettings
from ecommerce_analytics.errors import EcomError, MissingRelationError
from ecommerce_analytics.load import ChangeSummary, LoadSummary
from ecommerce_analytics.load.changes import (
    CHANGED,
    DELETED,
    StagedChanges,
    can_change,
    deleted_name,
    staged_changes,
)
from ecommerce_analytics.load.loads import LOADS, Load, insert
from ecommerce_analytics.load.person_key import COLUMN, TABLE, has_people, wanted_key
from ecommerce_analytics.load.sql import identifier
from ecommerce_analytics.load.staging import opened, staged_shop
from ecommerce_analytics.load.stamps import latest_stamp, next_stamp, stamped
from ecommerce_analytics.private import scratch

_TYPES: Final[Mapping[str, str]] = {
    "text": "string",
    "character varying": "string",
    "double precision": "double",
    "timestamp without time zone": "timestamp",
}
# The error text of the project's macros when a reader holds a lock.
_IN_USE: Final = re.compile(r"\S+ is in use by .+?; let it end there, then build again")
# Tables and views of other roles, except those of the init script.
_OTHERS: Final = f"""
    select 1 from pg_class
    where relkind in ('r', 'p', 'v', 'm', 'f') and relowner <> current_user::regrole
    and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
    and oid not in (
        coalesce(to_regclass('{LOADS}')::oid, 0), coalesce(to_regclass('audit.work_lock')::oid, 0)
    )
    limit 1
"""  # noqa: S608
# The statements that drop the session role's objects in some schemas; a view may be gone already.
_DROPS: Final = """
    select format(
        'drop %%s if exists %%s cascade',
        case relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
        oid::regclass
    )
    from pg_class
    where relkind in ('r', 'p', 'v', 'm') and relowner = current_user::regrole
    and relnamespace::regnamespace::text = any (%(schemas)s)
    union all
    select format('drop function if exists %%s cascade', oid::regprocedure)
    from pg_proc
    where proowner = current_user::regrole
    and pronamespace::regnamespace::text = any (%(schemas)s)
"""
_NOT_SET_UP: Final = (
    errors.InvalidSchemaName,
    errors.InsufficientPrivilege,
    errors.UndefinedTable,
)
_COPY_BYTES: Final = 1 << 20
_LOCK_WAIT: Final = "30s"
# The table that loads and builds lock, which needs a right that readers do not have.
_LOCK: Final = "audit.work_lock"
_HOLDERS: Final = (
    "select coalesce(format(' (%s)', string_agg("  # noqa: S608
    "format('pid %s, role %s', sessions.pid, sessions.usename), ', ')), '') "
    "from pg_locks as locks join pg_stat_activity as sessions on locks.pid = sessions.pid "
    f"where locks.relation = '{_LOCK}'::regclass and locks.granted"
)


@dataclass(frozen=True)
class PostgresEngine:
    """The warehouse in a PostgreSQL database."""

    settings: PostgresSettings
    target: str = "postgres"

    @property
    def place(self) -> str:
        """Server and database."""
        return f"PostgreSQL on {self.settings.address}, database {self.settings.database}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The profile's variables; dbt gets only the transformer's password."""
        self.settings.password(TRANSFORMER)
        return self.settings.environment(TRANSFORMER)

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
        """Replace the raw tables with a shop's files and its daily batches, in one transaction.

        Views on a raw table stay, unless the table's columns have changed or its file is gone: then
        they are dropped with it, and the next build creates them again.

        Raises:
            EcomError: A file breaks the contract, or the server raises an error.
        """
        started = time.perf_counter()
        contract = contract or load_contract()
        with (
            staged_shop(source, contract, loaded_at) as staged,
            opened(staged.database) as rows,
            self._session(LOADER) as cursor,
        ):
            self._hold(cursor)
            stamp = _next_stamp(cursor, contract, loaded_at)
            for table in contract.tables:
                is_there = table.name in staged.summary.rows
                held = stamped(qualified(contract, table), stamp)
                if not table.kept:
                    _replace(cursor, rows, contract, table, held, is_there=is_there)
                elif is_there:
                    _add(cursor, rows, contract, table, held)
            _keep_key(cursor, contract, source)
            _note(cursor, contract, Load.of_shop(source), staged.summary.rows, stamp)
            for day in days:
                with staged_changes(day, contract) as batch, opened(batch.database) as gone_on:
                    stamp = _next_stamp(cursor, contract, loaded_at)
                    _apply(cursor, gone_on, contract, batch, stamp)
                _note(cursor, contract, Load.of_batch(day), batch.upserts, stamp)
        summary = staged.summary
        return replace(summary, seconds=time.perf_counter() - started)

    def apply(
        self,
        source: Path,
        *,
        contract: Contract | None = None,
        loaded_at: datetime | None = None,
    ) -> ChangeSummary:
        """Insert, replace and delete rows of the raw tables, in one transaction.

        Raises:
            EcomError: A file breaks the contract, or the server raises an error.
        """
        started = time.perf_counter()
        contract = contract or load_contract()
        with (
            staged_changes(source, contract, loaded_at) as staged,
            opened(staged.database) as rows,
            self._session(LOADER) as cursor,
        ):
            self._hold(cursor)
            stamp = _next_stamp(cursor, contract, loaded_at)
            _apply(cursor, rows, contract, staged, stamp)
            _keep_key(cursor, contract, source)
            _note(cursor, contract, Load.of_batch(source), staged.upserts, stamp)
        return staged.summary(time.perf_counter() - started)

    @property
    def has_tables(self) -> bool:
        """Whether the transformer sees a table or view that dbt did not build."""
        return bool(self.rows(_OTHERS))

    def clear(self) -> None:
        """Drop the transformer's objects, then the loader's tables; schemas and roles stay."""
        with self._session(TRANSFORMER) as cursor:
            _drop(cursor, built_schemas())
        with self._session(LOADER) as cursor:
            _drop(cursor, [load_contract().schema])
            cursor.execute(f"delete from {LOADS}")  # noqa: S608

    def rows(self, query: str) -> list[Row]:
        """The rows of a query, run as the transformer."""
        return self.table(query)[1]

    def table(self, query: str) -> tuple[Sequence[str], list[Row]]:
        """The names of a query's columns, and its rows, run as the transformer."""
        with self._session(TRANSFORMER) as cursor:
            cursor.execute(query)
            return [column.name for column in cursor.description or ()], cursor.fetchall()

    def columns(self, relation: Relation) -> dict[str, str]:
        """The relation's columns in order, with their types in the contract's words."""
        with self._session(TRANSFORMER) as cursor:
            return dict(_described(cursor, relation))

    def export(self, relation: Relation, path: Path) -> None:
        """Export the relation's rows as one Parquet file, via COPY's exact text."""
        columns = {name: _duckdb_type(t) for name, t in self.columns(relation).items()}
        name = f"{identifier(relation.schema)}.{identifier(relation.name)}"
        with scratch() as place, (place / "rows.csv").open("w+b") as text:
            with self._session(TRANSFORMER) as cursor:
                cursor.copy_expert(f"copy (select * from {name}) to stdout (format csv)", text)  # noqa: S608
            text.flush()
            with duckdb.connect() as connection:
                connection.read_csv(
                    text.name,
                    header=False,
                    # An empty file has no types to detect.
                    auto_detect=False,
                    columns=columns,
                    na_values="",
                    allow_quoted_nulls=False,
                    quotechar='"',
                    escapechar='"',
                    delimiter=",",
                ).write_parquet(str(path))

    @contextmanager
    def building(self) -> Iterator[None]:
        """Lock the warehouse, as a load does; the server releases the lock if this process dies.

        Two builds at once would write no wrong row, because every incremental model's key is
        enforced, but each would fail on the other's tables. A load would show one build two states
        of the shop.
        """
        with self._session(TRANSFORMER) as cursor:
            self._hold(cursor)
            yield

    def refusal(self, message: str) -> str | None:
        """Why the server rejected dbt."""
        if 'relation "raw_data.' in message:
            return f"{self.place} has no raw tables yet; load a shop first: ecom load"
        if in_use := _IN_USE.search(message):
            return in_use[0]
        return self.settings.refusal(TRANSFORMER, message)

    def release(self) -> None:
        """Nothing to do: dbt closes its connections with its adapter."""

    def _hold(self, cursor: extensions.cursor) -> None:
        """Lock the lock table until the transaction ends; readers have no right to."""
        try:
            cursor.execute(f"lock table {_LOCK} in exclusive mode nowait")
        except errors.LockNotAvailable as error:
            cursor.connection.rollback()
            cursor.execute(_HOLDERS)
            ((who,),) = cursor.fetchall()
            raise EcomError(
                f"another load or build runs on {self.place}{who}; let it finish, then try again"
            ) from error
        except (errors.UndefinedTable, errors.InvalidSchemaName) as error:
            raise EcomError(_not_set_up(self.place, cursor.connection.info.user, error)) from error

    @contextmanager
    def _session(self, role: str) -> Iterator[extensions.cursor]:
        """A cursor in one transaction, which ends with the context."""
        connection = self.settings.connect(role)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"set lock_timeout = '{_LOCK_WAIT}'")
                cursor.execute("set time zone 'UTC'")
                yield cursor
            connection.commit()
        except (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction) as error:
            # For the loader, a missing object means that the init script has not run.
            if role == LOADER:
                raise EcomError(self._sentence(role, error)) from error
            raise MissingRelationError(_first_line(error)) from error
        except psycopg2.Error as error:
            raise EcomError(self._sentence(role, error)) from error
        finally:
            _close(connection)

    def _sentence(self, role: str, error: psycopg2.Error) -> str:
        reason = _first_line(error)
        if isinstance(error, _NOT_SET_UP):
            return _not_set_up(self.place, role, error)
        if isinstance(error, errors.LockNotAvailable):
            return (
                f"{self.place} is busy: another session has held a table for {_LOCK_WAIT}; "
                "let it finish and try again"
            )
        if isinstance(error, errors.DiskFull):
            return f"{self.place} has no room left ({reason}); make room, then try again"
        return self.settings.refusal(role, str(error)) or f"{self.place} refused: {reason}"


class _Text(io.RawIOBase):
    """An iterator of bytes as a file, which COPY requires."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _copy(
    cursor: extensions.cursor,
    rows: duckdb.DuckDBPyConnection,
    statement: str,
    relation: str,
    columns: Sequence[Column],
) -> None:
    text = io.BufferedReader(_Text(copy_lines(rows, relation, columns)), _COPY_BYTES)
    cursor.copy_expert(statement, text, size=_COPY_BYTES)


def _replace(
    cursor: extensions.cursor,
    rows: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    source: str,
    *,
    is_there: bool,
) -> None:
    """Replace a table's rows, or remove the table if the shop has no file for it."""
    target = qualified(contract, table)
    found = _described(cursor, Relation(contract.schema, table.name))
    if is_there and found == _expected(table):
        cursor.execute(f"truncate {target}")
    else:
        cursor.execute(f"drop table if exists {target} cascade")
    if is_there:
        cursor.execute(create_table(contract, table))
        _copy(
            cursor,
            rows,
            copy_statement(contract, table, table.columns),
            source,
            table.columns,
        )
        cursor.execute(f"analyze {target}")


def _keep_key(cursor: extensions.cursor, contract: Contract, source: Path) -> None:
    """Store the warehouse's person key; by COPY, whose rows appear in no log."""
    if not has_people(contract):
        return
    table = f"{identifier(contract.schema)}.{TABLE}"
    cursor.execute(f"create table if not exists {table} ({COLUMN} text not null)")
    cursor.execute(f"select {COLUMN} from {table}")  # noqa: S608
    held = cursor.fetchone()
    if key := wanted_key(source, held[0] if held else None):
        cursor.execute(f"truncate {table}")
        quoted = '"' + key.replace('"', '""') + '"\n'
        cursor.copy_expert(f"copy {table} from stdin (format csv)", io.StringIO(quoted))


def _drop(cursor: extensions.cursor, schemas: Sequence[str]) -> None:
    """Drop everything the session's role created in some schemas."""
    cursor.execute(_DROPS, {"schemas": list(schemas)})
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)


def _note(
    cursor: extensions.cursor,
    contract: Contract,
    load: Load,
    rows: Mapping[str, int],
    stamp: datetime,
) -> None:
    """Add a load's row to `audit.loads`, which the init script creates."""
    orders = f"{identifier(contract.schema)}.orders"
    cursor.execute(insert(load, rows.values(), stamp, orders))


def _apply(
    cursor: extensions.cursor,
    rows: duckdb.DuckDBPyConnection,
    contract: Contract,
    staged: StagedChanges,
    stamp: datetime,
) -> None:
    for name in staged.deletes:
        table = contract.table(name)
        if not _is_there(cursor, contract, table):
            continue
        key = [column for column in table.columns if column.is_key]
        source = f"select * from {DELETED}.{identifier(deleted_name(name))}"  # noqa: S608
        gone = _temporary(cursor, rows, contract, table, key, source)
        same = " and ".join(
            f"raw.{identifier(column.name)} = gone.{identifier(column.name)}" for column in key
        )
        cursor.execute(
            f"delete from {qualified(contract, table)} as raw using {gone} as gone where {same}"  # noqa: S608
        )
    for name in staged.upserts:
        table = contract.table(name)
        _is_there(cursor, contract, table)
        source = stamped(f"{CHANGED}.{identifier(name)}", stamp)
        _add(cursor, rows, contract, table, source)


def _add(
    cursor: extensions.cursor,
    rows: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    source: str,
) -> None:
    """Insert rows by key, replacing existing ones unless the table keeps them."""
    if table.optional:
        cursor.execute(create_table(contract, table))
    added = _temporary(cursor, rows, contract, table, table.columns, source)
    cursor.execute(_upsert(contract, table, added))


def _next_stamp(
    cursor: extensions.cursor, contract: Contract, loaded_at: datetime | None
) -> datetime:
    """See `stamps.next_stamp`."""
    there = [
        qualified(contract, table)
        for table in contract.tables
        if (LOADED_AT, "timestamp") in _described(cursor, Relation(contract.schema, table.name))
    ]
    if not there:
        return next_stamp(loaded_at, None)
    cursor.execute(latest_stamp(there))
    ((latest,),) = cursor.fetchall()
    return next_stamp(loaded_at, latest)


def _upsert(contract: Contract, table: Table, changed: str) -> str:
    names = ", ".join(identifier(column.name) for column in table.columns)
    key = ", ".join(identifier(name) for name in table.key)
    replaced = ", ".join(
        f"{identifier(column.name)} = excluded.{identifier(column.name)}"
        for column in table.columns
        if not column.is_key
    )
    action = "nothing" if table.kept else f"update set {replaced}"
    return (
        f"insert into {qualified(contract, table)} ({names}) "  # noqa: S608
        f"select {names} from {changed} on conflict ({key}) do {action}"
    )


def _temporary(
    cursor: extensions.cursor,
    rows: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    columns: Sequence[Column],
    source: str,
) -> str:
    """A temporary table with the rows of `source`; returns its name."""
    name = identifier(f"batch_{table.name}_{len(columns)}")
    names = ", ".join(identifier(column.name) for column in columns)
    # The previous day's batch in the same transaction may have left one.
    cursor.execute(f"drop table if exists pg_temp.{name}")
    cursor.execute(
        f"create temporary table {name} on commit drop as "  # noqa: S608
        f"select {names} from {qualified(contract, table)} with no data"
    )
    _copy(cursor, rows, f"copy {name} ({names}) from stdin", source, columns)
    return name


def _is_there(cursor: extensions.cursor, contract: Contract, table: Table) -> bool:
    found = _described(cursor, Relation(contract.schema, table.name))
    return can_change(contract, table, is_there=bool(found))


def _described(cursor: extensions.cursor, relation: Relation) -> list[tuple[str, str]]:
    cursor.execute(
        "select column_name, data_type, numeric_precision, numeric_scale "
        "from information_schema.columns where table_schema = %s and table_name = %s "
        "order by ordinal_position",
        (relation.schema, relation.name),
    )
    return [(name, _contract_type(*data_type)) for name, *data_type in cursor.fetchall()]


def _expected(table: Table) -> list[tuple[str, str]]:
    return [(column.name, column.data_type) for column in table.columns]


def _contract_type(data_type: str, precision: int | None, scale: int | None) -> str:
    if data_type == "numeric" and precision is not None:
        return f"numeric({precision},{scale})"
    return _TYPES.get(data_type, data_type)


def _duckdb_type(contract_type: str) -> str:
    return "varchar" if contract_type == "string" else contract_type


def _not_set_up(place: str, role: str, error: psycopg2.Error) -> str:
    return (
        f"{place} is not set up for {role} ({_first_line(error)}); run "
        "docker/postgres/init-db.sql on it, as `make postgres` does on a new server"
    )


def _first_line(error: psycopg2.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _close(connection: extensions.connection) -> None:
    # If the server ended the connection, it is closed already.
    if not connection.closed:
        connection.close()
