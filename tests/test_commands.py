"""The tests' dbt runs in forks: each ends like a normal process."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from conftest import Dbt, dbt_commands
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.postgres.settings import PostgresSettings
from ecommerce_analytics.paths import DBT_PROJECT
from postgres.servers import canaries, free_port


def _a_file(directory: Path) -> Engine:
    return DuckDBEngine(directory / "warehouse.duckdb")


def _no_server(_: Path) -> Engine:
    return PostgresEngine(PostgresSettings("127.0.0.1", free_port(), "shop warehouse", canaries()))


@pytest.fixture(scope="module")
def loaded(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """A small shop, loaded and not built."""
    dbt = Dbt(tmp_path_factory.mktemp("loaded"))
    dbt.load(small_shop_dir)
    return dbt


def test_a_warehouse_is_one_file_after_a_command(loaded: Dbt, tmp_path: Path) -> None:
    """After a command, all data is in the DuckDB file itself, which others copy, not in its log."""
    loaded.succeed("seed")
    assert [path.name for path in loaded.warehouse.parent.glob("*.duckdb*")] == ["warehouse.duckdb"]
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(loaded.warehouse.read_bytes())
    with duckdb.connect(str(copy), read_only=True) as connection:
        (seeds,) = connection.execute(
            "select count(*) from duckdb_tables() where table_name in "
            "('product_categories', 'campaign_metadata')"
        ).fetchone() or (0,)
    assert seeds == 2


def test_an_exit_code_is_told(loaded: Dbt) -> None:
    """The command's exit code and output are returned."""
    result = loaded.run("ls", "--no-such-option")
    assert result.exit_code == 2
    assert "No such option" in result.output


def test_a_command_that_hangs_is_killed(loaded: Dbt) -> None:
    """A command that hangs is killed, and its caller gets an error."""
    arguments = ("parse", "--no-partial-parse", *loaded._options(()))
    with pytest.raises(TimeoutError):
        dbt_commands().run(arguments, DBT_PROJECT, loaded._environment(), 0.05)


@pytest.mark.parametrize("engine", [_a_file, _no_server])
def test_what_is_parsed_is_handed_on(engine: Callable[[Path], Engine], tmp_path: Path) -> None:
    """The parse is reused by the next warehouse of the same kind, because parsing is slow."""
    reasons = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        dbt = Dbt(tmp_path / name, engine=engine(tmp_path / name))
        listed = dbt.succeed("ls", "--resource-type", "seed")
        reasons.append([e["data"] for e in listed.events if "Partial" in e["info"]["name"]])
    assert reasons[1] == []
