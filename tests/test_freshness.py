"""`ecom freshness`: when each table was loaded, and whether that is too long ago."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ecommerce_analytics.cli import cli
from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.freshness import check_freshness
from parses import handed_on


def _loaded(shop: Path, directory: Path, hours_ago: int) -> DuckDBEngine:
    engine = DuckDBEngine(directory / "warehouse.duckdb")
    engine.load(shop, loaded_at=datetime.now(UTC) - timedelta(hours=hours_ago))
    handed_on(engine)
    return engine


def _asked(engine: DuckDBEngine) -> Result:
    return CliRunner().invoke(cli, ["freshness", "--warehouse", str(engine.warehouse)])


@pytest.mark.parametrize(("hours", "word"), [(1, "fresh"), (30, "late")])
def test_each_table_is_told(small_shop_dir: Path, tmp_path: Path, hours: int, word: str) -> None:
    """A day without a load gives a warning, and the job continues."""
    result = _asked(_loaded(small_shop_dir, tmp_path, hours))
    assert result.exit_code == 0, result.output
    told = {line.split()[0]: line for line in result.output.splitlines()}
    # There may be no erasure request for months.
    assert told.keys() == {table.name for table in load_contract().tables} - {"erasures"}
    assert all(line.endswith(f"{hours} h ago  {word}") for line in told.values()), told


def test_two_days_are_too_long(small_shop_dir: Path, tmp_path: Path) -> None:
    """After two days the daily job stops before it builds on outdated data."""
    engine = _loaded(small_shop_dir, tmp_path, 49)
    with pytest.raises(EcomError, match=r"9 of 9 tables .* more than 48 hours ago .* `ecom load`"):
        check_freshness(engine)


def test_a_table_that_may_be_absent_is(small_shop_dir: Path, tmp_path: Path) -> None:
    """An absent optional table is skipped."""
    shop = tmp_path / "shop"
    shop.mkdir()
    for path in small_shop_dir.glob("*.parquet"):
        if path.stem != "refunds":
            (shop / path.name).symlink_to(path)
    result = _asked(_loaded(shop, tmp_path, 0))
    assert result.exit_code == 0, result.output
    assert "refunds" not in result.output
    assert "orders" in result.output


def test_nothing_is_loaded(tmp_path: Path) -> None:
    """Without a load the message says what to do."""
    with pytest.raises(EcomError, match="load a shop first: ecom load"):
        check_freshness(handed_on(DuckDBEngine(tmp_path / "warehouse.duckdb")))
