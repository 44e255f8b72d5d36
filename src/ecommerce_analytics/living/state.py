"""The simulation state of a shop: its current tables, and its future events.

One DuckDB file in the shop's directory. The schema `raw_data` has the contract's tables as of
today, each with the day on which a row reaches the warehouse (`arrives_on`) and the day of its last
change (`changed_on`); 0 is before the first day. The schema `hidden` has what only the generator
knows. Each day is one transaction.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ecommerce_analytics.contract import LOADED_AT, load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate.columns import Column, timestamps
from ecommerce_analytics.generate.spec import FORMAT_VERSION, ShopSpec
from ecommerce_analytics.load.loads import spec_of
from ecommerce_analytics.load.warehouse import RAW_STORAGE_VERSION, load_shop
from ecommerce_analytics.locks import holder
from ecommerce_analytics.paths import MANIFEST

Values: TypeAlias = "Column | NDArray[Any]"
"""One column of rows to write."""

Frame = Mapping[str, NDArray[Any]]
"""The columns of a query."""

DAYS: Final = "days"
# The version of the simulation rules: days drawn under another version follow other rules.
LIVING_VERSION: Final = 2

_FILE: Final = "state.duckdb"
_MACROS: Final = (
    "create or replace temp macro seconds(t) as coalesce(epoch_us(t) // 1000000, -1)",
    "create or replace temp macro instant(s) as "
    "case when s >= 0 then make_timestamp(cast(s as bigint) * 1000000) end",
    "create or replace temp macro cents(m) as cast(m * 100 as bigint)",
)
_SETTINGS: Final = (
    "set TimeZone = 'UTC'",
    "set enable_progress_bar = false",
    # A day changes rows all over the tables, and a checkpoint costs more than the day itself.
    # Changes stay in the log file until it is large: see `settle`.
    "set checkpoint_threshold = '1TB'",
    "pragma disable_checkpoint_on_shutdown",
)
# Below this many orders a day has only small statements, where threads cost more than they save.
_THREADS_FROM: Final = 500_000
_LONGEST_LOG: Final = 64 << 20
_HIDDEN: Final = """
create schema hidden;
create table hidden.books (name varchar, value varchar);
create table hidden.counters (name varchar, next bigint);
create table hidden.accounts (
    customer_id bigint, rate double, dropped_out bigint, signed_up bigint,
    placed bigint, last_ordered bigint, place bigint
);
create table hidden.products (
    product_id bigint, interest double, shelf bigint, cost bigint, cost_known boolean,
    partners bigint[], gone_on integer
);
create table hidden.campaigns (
    campaign_id bigint, strength double, lift double, spends boolean
);
create table hidden.intentions (
    seq bigint, customer_id bigint, moment bigint, cause_campaign bigint, cause_at bigint
);
create table hidden.touches (
    seq bigint, person bigint, known boolean, moment bigint, channel varchar, campaign_id bigint,
    touch_type varchar, anonymous_id varchar, arrives_on integer
);
create table hidden.plans (
    order_id bigint, ordered bigint, paid bigint, shipped bigint, delivered bigint,
    cancelled bigint, returned bigint, arrives_on integer
);
create table hidden.refunds (
    seq bigint, order_id bigint, order_item_id bigint, quantity integer, goods_amount decimal(18,2),
    tax_amount decimal(18,2), shipping_amount decimal(18,2), moment bigint, arrives_on integer
);
create table hidden.stock (
    product_id bigint, stock bigint, pace double, due_on integer, lot bigint, counted_on integer
);
create table hidden.changes (
    happened_on integer, kind varchar, table_name varchar, key bigint, became_at timestamp
);
create table hidden.deletions (table_name varchar, first_key bigint, second_key date);
"""


@dataclass(frozen=True)
class Manifest:
    """The contents of a generated shop's `shop.json`.

    Attributes:
        spec: The specification.
        timezone: The shop's zone.
        rows: Rows by table.
        digest: The hash of the file, unique per shop.
        spec_text: The specification as text, as loads record it.
    """

    spec: ShopSpec
    timezone: str
    rows: Mapping[str, int]
    digest: str
    spec_text: str


def read_manifest(shop: Path) -> Manifest:
    """Read the specification of a generated shop.

    Raises:
        EcomError: The directory has no generated shop, or one of another format.
    """
    path = shop / MANIFEST
    try:
        text = path.read_bytes()
        document = json.loads(text)
        spec = dict(document["spec"])
        version = document["format_version"]
        for end in ("start", "end"):
            spec[end] = date.fromisoformat(spec[end])
        made = ShopSpec(**spec)
    except FileNotFoundError as error:
        raise EcomError(
            f"{shop} has no {MANIFEST}: only a shop that `ecom generate` wrote can live on"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EcomError(f"cannot read {path}: {error}; generate the shop again") from error
    if version != FORMAT_VERSION:
        raise EcomError(
            f"{path} is of format {version}, this version continues format {FORMAT_VERSION}; "
            "generate the shop again"
        )
    return Manifest(
        made,
        str(document["shop_timezone"]),
        document["rows"],
        sha256(text).hexdigest(),
        spec_of(document),
    )


@dataclass(frozen=True)
class Happened:
    """What really happened to some rows of a table on a day, in seconds since 1970."""

    day: int
    kind: str
    table: str
    keys: NDArray[np.int64]
    at: NDArray[np.int64]


class State:
    """The open state file of one shop.

    Attributes:
        happened: Events since the last `record`.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, manifest: Manifest, path: Path
    ) -> None:
        """Use an open file, whose tables are those of `_HIDDEN` and of the contract."""
        self.connection = connection
        self.manifest = manifest
        self.path = path
        self.happened: list[Happened] = []

    @property
    def seed(self) -> int:
        """The shop's seed."""
        return self.manifest.spec.seed

    @property
    def timezone(self) -> str:
        """The shop's zone."""
        return self.manifest.timezone

    def execute(self, sql: str, *parameters: object) -> None:
        """Run a statement. One mapping gives its parameters by name, as in every other method."""
        self.connection.execute(sql, _parameters(parameters))

    def value(self, sql: str, *parameters: object) -> Any:
        """The one value of a query."""
        rows = self.connection.execute(sql, parameters).fetchall()
        if not rows:
            raise LookupError(sql)
        return rows[0][0]

    def table(self, sql: str, *parameters: object) -> pa.Table:
        """The rows of a query, which must have an `order by`."""
        found: pa.Table = self.connection.sql(sql, params=_parameters(parameters)).to_arrow_table()
        return found.combine_chunks()

    def frame(self, sql: str, *parameters: object) -> Frame:
        """The columns of a query without nulls, which must have an `order by`."""
        found: Frame = self.connection.execute(sql, _parameters(parameters)).fetchnumpy()
        return found

    def insert(self, table: str, **columns: Values) -> None:
        """Append rows; missing columns are null, or 0 for the days."""
        rows = {n: pa.array(c) if isinstance(c, np.ndarray) else c for n, c in columns.items()}
        if not len(next(iter(rows.values()))):
            return
        with self.given("incoming", rows):
            self.connection.execute(f"insert into {table} by name select * from incoming")  # noqa: S608

    @contextmanager
    def given(self, name: str, columns: Mapping[str, Values]) -> Iterator[None]:
        """Register `columns` as the table `name` for queries."""
        rows = {n: pa.array(c) if isinstance(c, np.ndarray) else c for n, c in columns.items()}
        self.connection.register(name, pa.table(rows))
        try:
            yield
        finally:
            self.connection.unregister(name)

    def book(self, name: str) -> str:
        """A named value of the state."""
        return str(self.value("select value from hidden.books where name = ?", name))

    def note(self, name: str, value: object) -> None:
        """Set a named value of the state."""
        self.execute("delete from hidden.books where name = ?", name)
        self.execute("insert into hidden.books values (?, ?)", name, str(value))

    def take_ids(self, name: str, count: int) -> int:
        """The first of `count` consecutive unused ids."""
        if not count:
            return 0
        first = int(self.value("select next from hidden.counters where name = ?", name))
        self.execute("update hidden.counters set next = ? where name = ?", first + count, name)
        return first

    def record(self) -> None:
        """Store the events in one go, because each statement has a fixed cost."""
        if not self.happened:
            return
        done, self.happened = self.happened, []
        sizes = [len(each.keys) for each in done]
        self.insert(
            "hidden.changes",
            happened_on=np.repeat([each.day for each in done], sizes).astype(np.int32),
            kind=pa.array(np.repeat([each.kind for each in done], sizes), pa.string()),
            table_name=pa.array(np.repeat([each.table for each in done], sizes), pa.string()),
            key=np.concatenate([each.keys for each in done]),
            became_at=timestamps(np.concatenate([each.at for each in done]), 0),
        )

    @property
    def last_day(self) -> date:
        """The last simulated day."""
        return date.fromisoformat(self.book("last_day"))

    def settle(self) -> None:
        """Checkpoint the log into the file if it is large."""
        log = self.path.with_name(f"{self.path.name}.wal")
        if log.exists() and log.stat().st_size > _LONGEST_LOG:
            self.execute("checkpoint")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is committed, or nothing."""
        self.connection.execute("begin")
        try:
            yield
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")


def _parameters(given: tuple[object, ...]) -> Any:
    return given[0] if given and isinstance(given[0], dict) else given


@contextmanager
def opened_state(shop: Path) -> Iterator[State]:
    """The state of a shop, created from its files if it does not exist.

    Raises:
        EcomError: The directory holds no generated shop, its state is of another shop or
            another version, or another process has it open.
    """
    # Imported here, because `beginning` imports this module.
    from ecommerce_analytics.living.beginning import begin

    manifest = read_manifest(shop)
    path = shop / DAYS / _FILE
    try:
        (shop / DAYS).mkdir(exist_ok=True)
    except OSError as error:
        raise EcomError(f"cannot write {shop / DAYS}: {error.strerror or error}") from error
    if not path.exists():
        _make(shop, path, manifest, begin)
    with _connected(path) as connection:
        if manifest.spec.orders < _THREADS_FROM:
            connection.execute("set threads = 1")
        state = State(connection, manifest, path)
        _check(state, path)
        yield state


@contextmanager
def _connected(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = duckdb.connect(str(path))
    except duckdb.Error as error:
        raise EcomError(_refusal(path, error)) from error
    try:
        for setting in _SETTINGS:
            connection.execute(setting)
        for macro in _MACROS:
            connection.execute(macro)
        yield connection
    except duckdb.OutOfMemoryException as error:
        raise EcomError(_refusal(path, error)) from error
    finally:
        connection.close()


def _refusal(path: Path, error: duckdb.Error) -> str:
    if who := holder(str(error)):
        return f"{path} is held by another process ({who}); let it finish, then try again"
    reason = str(error).strip().splitlines()[0]
    return (
        f"cannot open the shop's books {path}: {reason}; "
        "remove the file, and the next run makes it from the shop's files"
    )


def _make(shop: Path, path: Path, manifest: Manifest, begin: Any) -> None:
    """Create the state under a temporary name and rename it when complete."""
    partial = path.with_name(f".{path.name}.partial")
    for file in (partial, path):
        for left in (file, file.with_name(f"{file.name}.wal")):
            left.unlink(missing_ok=True)
    contract = replace(load_contract(), schema="raw_data")
    present = load_shop(shop, partial, contract=contract).rows
    with _connected(partial) as connection:
        state = State(connection, manifest, partial)
        with state.transaction():
            for statement in _HIDDEN.split(";"):
                if statement.strip():
                    connection.execute(statement)
            for table in contract.tables:
                name = f"raw_data.{table.name}"
                if table.name not in present:
                    raise EcomError(
                        f"{shop} has no file of {table.name}, but its {MANIFEST} says that it was "
                        "generated; generate it again"
                    )
                connection.execute(f"alter table {name} drop column {LOADED_AT}")
                for column in ("arrives_on", "changed_on"):
                    connection.execute(f"alter table {name} add column {column} integer default 0")
            begin(state, shop)
            state.note("living_version", LIVING_VERSION)
            state.note("shop", manifest.digest)
            state.note("last_day", manifest.spec.end)
        connection.execute("checkpoint")
    partial.rename(path)


def _check(state: State, path: Path) -> None:
    try:
        version, shop = state.book("living_version"), state.book("shop")
    except (duckdb.Error, LookupError) as error:
        raise EcomError(
            f"{path} does not hold a shop's books; remove {path.parent}, and the next run begins "
            "anew"
        ) from error
    if (version, shop) != (str(LIVING_VERSION), state.manifest.digest):
        whose = (
            "another shop" if shop != state.manifest.digest else f"version {version} of the rules"
        )
        raise EcomError(
            f"{path} belongs to {whose}; remove {path.parent}, and the next run begins anew"
        )


__all__ = ["DAYS", "RAW_STORAGE_VERSION", "Frame", "Manifest", "State", "opened_state"]
