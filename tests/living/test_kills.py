"""A killed run leaves no half-written day, and the next one writes the same bytes."""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import duckdb
import pytest

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.living import advance, existing_days

from .lives import digests

_SHOP: Final = ShopSpec(customers=80, orders=400)
_PROGRAM: Final = """
import sys
from pathlib import Path
from ecommerce_analytics.living import advance
advance(Path(sys.argv[1]), int(sys.argv[2]), progress=lambda done, total: print(done, flush=True))
"""
_DAYS: Final = 4


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop without simulated days. Read only."""
    path = tmp_path_factory.mktemp("base") / "shop"
    generate_shop(_SHOP, path)
    return path


@pytest.fixture(scope="module")
def undisturbed(base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of its first days, without kills."""
    path = tmp_path_factory.mktemp("undisturbed") / "shop"
    shutil.copytree(base, path)
    advance(path, _DAYS)
    return digests(path)


def _kill(shop: Path, days: int, after: int, delay: float) -> None:
    """Start a run and kill it some time after it has reported a day, while it works."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(shop), str(days)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        for _ in range(after):
            assert process.stdout.readline()
        time.sleep(delay)
        assert process.poll() is None, "the run was over before it could be killed"
        process.kill()


def test_killed_runs_end_in_the_same_bytes(
    base: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """Runs killed while creating the state, between days or within a day end in the same bytes."""
    shop = tmp_path / "shop"
    shutil.copytree(base, shop)
    for after, delay in ((0, 0.9), (1, 0.0), (1, 0.1), (0, 1.2)):
        there = len(existing_days(shop))
        _kill(shop, _DAYS + 20, after, delay)
        for path in (shop / "days").glob("2026-*"):
            assert (path / "day.json").is_file()
            assert (path / "truth" / "changes.parquet").is_file()
        assert len(existing_days(shop)) >= there
    made = len(existing_days(shop))
    if made < _DAYS:
        advance(shop, _DAYS - made)
    found = digests(shop)
    assert {name: found[name] for name in undisturbed} == undisturbed


def test_books_that_are_behind_make_the_same_day_again(
    base: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """After a kill between batch and commit, or a lost state, no day is written twice."""
    shop = tmp_path / "shop"
    shutil.copytree(base, shop)
    advance(shop, 2)
    (shop / "days" / "state.duckdb").unlink()
    (shop / "days" / "2026-01-02" / "orders.parquet").unlink()
    assert [batch.name for batch in advance(shop, _DAYS - 2)][-1] == "2026-01-04"
    assert digests(shop) == undisturbed


def test_two_runs_at_once_are_one_too_many(base: Path, tmp_path: Path) -> None:
    """A second run at the same time stops and names the first."""
    shop = tmp_path / "shop"
    shutil.copytree(base, shop)
    advance(shop, 1)
    holding = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print(1, flush=True); "
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(shop / "days" / "state.duckdb")],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(EcomError, match=r"is held by another process \(.*pid \d+\)"):
            advance(shop, 1)
        process.kill()
    advance(shop, 1)


@pytest.mark.parametrize("broken", ["bytes", "tables"])
def test_broken_books_are_told_of(base: Path, tmp_path: Path, broken: str) -> None:
    """A broken state file gives one sentence with the remedy."""
    shop = tmp_path / "shop"
    shutil.copytree(base, shop)
    (shop / "days").mkdir()
    path = shop / "days" / "state.duckdb"
    if broken == "bytes":
        path.write_bytes(b"no database")
    else:
        duckdb.connect(str(path)).close()
    with pytest.raises(EcomError, match=r"remove .*, and the next run"):
        advance(shop, 1)


def test_books_of_another_shop_are_refused(base: Path, tmp_path: Path) -> None:
    """A state file copied from another shop is rejected."""
    shop = tmp_path / "shop"
    generate_shop(ShopSpec(customers=80, orders=401), shop)
    advance(shop, 1)
    shutil.copytree(base, tmp_path / "other")
    (tmp_path / "other" / "days").mkdir()
    shutil.copy(shop / "days" / "state.duckdb", tmp_path / "other" / "days")
    with pytest.raises(EcomError, match="belongs to another shop"):
        advance(tmp_path / "other", 1)
