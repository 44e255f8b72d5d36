"""A warehouse gets its missing days, in order, from any earlier state."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import duckdb
import pytest

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.living import advance, catch_up, lives, missing_days, standing
from postgres.servers import TestServer, a_server

from .lives import replay

_SPEC: Final = ShopSpec(customers=100, orders=500, start=date(2025, 1, 1))
_LOADED: Final = datetime(2026, 2, 1, 6, tzinfo=UTC)
_DAYS: Final = 4


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with four simulated days. Read only."""
    path = tmp_path_factory.mktemp("lived") / "shop"
    generate_shop(_SPEC, path)
    advance(path, _DAYS)
    return path


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBEngine:
    """The path of a warehouse that does not exist yet."""
    return DuckDBEngine(tmp_path / "warehouse.duckdb")


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    """A PostgreSQL server for this shop."""
    with a_server() as made:
        made.start()
        yield made


def raw_rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every raw table's rows by key, without the load time."""
    rows = {}
    for table in load_contract().tables:
        columns = ", ".join(column.name for column in table.file_columns)
        rows[table.name] = engine.rows(
            f"select {columns} from raw_data.{table.name} order by {', '.join(table.key)}"  # noqa: S608
        )
    return rows


def expected_rows(shop: Path, days: int) -> dict[str, list[tuple[object, ...]]]:
    """The same rows from the files, using only DuckDB."""
    opened = replay(_SPEC, shop, sorted((shop / "days").glob("2026-*"))[:days])
    return {
        table.name: opened.connection.execute(
            f"from {table.name} order by {', '.join(table.key)}"
        ).fetchall()
        for table in load_contract().tables
    }


def bring(engine: Engine, shop: Path) -> list[str]:
    """Catch up; returns the names of the applied days."""
    return [applied.batch.name for applied in catch_up(engine, shop, loaded_at=_LOADED)]


def test_a_warehouse_catches_up_in_order(lived: Path, warehouse: DuckDBEngine) -> None:
    """The base and every day are applied; a second call has nothing to do."""
    warehouse.load(lived)
    assert standing(warehouse, lived) == date(2025, 12, 31)
    assert bring(warehouse, lived) == [f"2026-01-0{day}" for day in range(1, _DAYS + 1)]
    assert standing(warehouse, lived) == date(2026, 1, _DAYS)
    assert raw_rows(warehouse) == expected_rows(lived, _DAYS)
    assert bring(warehouse, lived) == []


def test_a_run_that_stops_is_gone_on_with(lived: Path, warehouse: DuckDBEngine) -> None:
    """A run continues after two days, and after an applied batch that was not recorded."""
    warehouse.load(lived)
    days = catch_up(warehouse, lived)
    next(days)
    next(days)
    days.close()  # type: ignore[attr-defined]
    assert standing(warehouse, lived) == date(2026, 1, 2)
    warehouse.apply(lived / "days" / "2026-01-03")
    assert bring(warehouse, lived) == ["2026-01-04"]
    assert raw_rows(warehouse) == expected_rows(lived, _DAYS)


def test_a_batch_twice_is_the_batch_once(lived: Path, warehouse: DuckDBEngine) -> None:
    """Applying the last day again changes nothing."""
    warehouse.load(lived)
    bring(warehouse, lived)
    warehouse.apply(lived / "days" / f"2026-01-0{_DAYS}")
    assert raw_rows(warehouse) == expected_rows(lived, _DAYS)
    assert missing_days(warehouse, lived) == []


def test_a_warehouse_loaded_anew_begins_anew(lived: Path, warehouse: DuckDBEngine) -> None:
    """A warehouse that was loaded again starts over, because its rows show its state."""
    warehouse.load(lived)
    bring(warehouse, lived)
    warehouse.load(lived)
    assert len(missing_days(warehouse, lived)) == _DAYS


def test_postgres_gets_the_same_rows(lived: Path, server: TestServer) -> None:
    """PostgreSQL gets the same inserts, updates and deletes by key."""
    engine = PostgresEngine(server.settings)
    engine.load(lived)
    assert len(bring(engine, lived)) == _DAYS
    assert raw_rows(engine) == expected_rows(lived, _DAYS)
    assert standing(engine, lived) == date(2026, 1, _DAYS)


def test_an_engine_without_transactions_goes_on_with_a_torn_day(
    lived: Path, warehouse: DuckDBEngine
) -> None:
    """Without transactions, a killed run may leave tables of a day that no load row records."""
    warehouse.load(lived)
    warehouse.apply(lived / "days" / "2026-01-01")
    batch = warehouse.warehouse.parent / "half"
    batch.mkdir()
    shutil.copy(lived / "days" / "2026-01-02" / "orders.parquet", batch)
    warehouse.apply(batch)
    with duckdb.connect(str(warehouse.warehouse)) as connection:
        connection.execute("delete from audit.loads where kind = 'batch'")
    assert bring(warehouse, lived) == [f"2026-01-0{day}" for day in range(2, _DAYS + 1)]
    assert raw_rows(warehouse) == expected_rows(lived, _DAYS)


def test_a_day_that_was_left_out_is_brought_with_those_after_it(
    lived: Path, warehouse: DuckDBEngine
) -> None:
    """Days after a missing one are applied again, so that rows keep their order."""
    warehouse.load(lived)
    warehouse.apply(lived / "days" / "2026-01-01")
    warehouse.apply(lived / "days" / "2026-01-03")
    assert standing(warehouse, lived) == date(2026, 1, 1)
    assert bring(warehouse, lived) == [f"2026-01-0{day}" for day in range(2, _DAYS + 1)]
    assert raw_rows(warehouse) == expected_rows(lived, _DAYS)


def test_another_shop_is_not_touched(lived: Path, warehouse: DuckDBEngine, tmp_path: Path) -> None:
    """A warehouse with another shop of the same end and another size is not changed."""
    generate_shop(ShopSpec(customers=90, orders=500, start=date(2025, 1, 1)), tmp_path / "other")
    warehouse.load(tmp_path / "other")
    before = raw_rows(warehouse)
    with pytest.raises(EcomError, match=r"holds another shop than .*; load it again: ecom load"):
        bring(warehouse, lived)
    assert raw_rows(warehouse) == before


def test_a_warehouse_that_is_ahead_is_not_touched(
    lived: Path, warehouse: DuckDBEngine, tmp_path: Path
) -> None:
    """A warehouse ahead of its shop, which was generated again, is not changed."""
    warehouse.load(lived)
    bring(warehouse, lived)
    generate_shop(_SPEC, tmp_path / "shop")
    with pytest.raises(EcomError, match=r"is at 2026-01-04, but .* has no batch of that day"):
        bring(warehouse, tmp_path / "shop")


def test_a_warehouse_without_tables_is_told_how_to_get_them(
    lived: Path, warehouse: DuckDBEngine
) -> None:
    """The message for a warehouse without tables has the load command."""
    with pytest.raises(EcomError, match="no raw tables yet; load the shop first: ecom load"):
        bring(warehouse, lived)
    assert not warehouse.warehouse.exists()
    duckdb.connect(str(warehouse.warehouse)).close()
    with pytest.raises(EcomError, match="no raw tables yet; load the shop first: ecom load"):
        bring(warehouse, lived)


def test_only_a_generated_shop_lives(lived: Path, tmp_path: Path) -> None:
    """Only a generated shop has days, which `ecom load` checks."""
    assert lives(lived)
    generate_shop(ShopSpec(0, 0), tmp_path / "new")
    assert not lives(tmp_path / "new")
    assert not lives(tmp_path)


def ecom(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    program = Path(sys.executable).with_name("ecom")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_the_command_lets_a_shop_live(lived: Path, tmp_path: Path) -> None:
    """After load, advance and load again, the warehouse is up to date with the shop."""
    shop, warehouse, out = tmp_path / "shop", tmp_path / "w.duckdb", tmp_path / "out"
    shutil.copytree(lived, shop)
    options = ("--from", str(shop), "--warehouse", str(warehouse))
    loaded = ecom("load", *options)
    assert (loaded.returncode, loaded.stderr) == (0, "")
    assert "Brought it to 2026-01-04: 4 days" in loaded.stdout
    gone_on = ecom("advance", "--days", "2", "--batch-out", str(out), *options)
    assert (gone_on.returncode, gone_on.stderr) == (0, "")
    lines = gone_on.stdout.splitlines()
    assert lines[0].split()[:4] == ["day", "new", "orders", "rows"]
    assert [line.split()[0] for line in lines[1:-1]] == ["2026-01-05", "2026-01-06"]
    assert lines[-1].startswith(f"Brought {warehouse} to 2026-01-06: 2 days in ")
    assert raw_rows(DuckDBEngine(warehouse)) == expected_rows(shop, 6)
    for day in ("2026-01-05", "2026-01-06"):
        files = {path.name for path in (out / day).iterdir()}
        there = shop / "days" / day
        assert files == {"day.json", *(path.name for path in there.glob("*.parquet"))}


def test_a_shop_that_has_lived_is_not_generated_over(lived: Path, tmp_path: Path) -> None:
    """A shop with simulated days is not replaced unless requested; the message names the loss."""
    shop = tmp_path / "shop"
    shutil.copytree(lived, shop)
    again = ("generate", "--customers", "5", "--orders", "5", "--out", str(shop))
    stopped = ecom(*again)
    assert stopped.returncode == 1
    assert "has lived 4 days, until 2026-01-04; generating it again would" in stopped.stderr
    assert lives(shop)
    replaced = ecom(*again, "--replace")
    assert replaced.returncode == 0, replaced.stderr
    assert not lives(shop)


def test_the_command_can_leave_the_warehouse_alone(lived: Path, tmp_path: Path) -> None:
    """Days can be simulated without a warehouse."""
    shop = tmp_path / "shop"
    shutil.copytree(lived, shop)
    made = ecom("advance", "--files-only", "--from", str(shop))
    assert made.returncode == 0, made.stderr
    assert "Made 1 day until 2026-01-05" in made.stdout


def test_bad_input_is_one_line(lived: Path, tmp_path: Path) -> None:
    """Bad input gives one line, and no day is simulated."""
    before = sorted((lived / "days").iterdir())
    missing = ecom("advance", "--from", str(lived), "--warehouse", str(tmp_path / "no.duckdb"))
    assert missing.returncode == 1
    assert "no raw tables yet; load the shop first: ecom load" in missing.stderr
    assert missing.stderr.count("\n") == 1
    assert sorted((lived / "days").iterdir()) == before
