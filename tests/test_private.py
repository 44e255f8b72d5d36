"""Files with personal data: readable by their owner only, and removed after a killed command."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from ecommerce_analytics.engines.postgres.mock_data import write_mock_data
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.load import load_shop
from ecommerce_analytics.load.person_key import GENERATED, wanted_key
from ecommerce_analytics.locks import alone
from ecommerce_analytics.private import clear_leftovers, scratch

_SCRATCH: Final = """
import sys, time
from pathlib import Path
from ecommerce_analytics.private import scratch
with scratch(Path(sys.argv[1])) as place:
    (place / "people.csv").write_text("anna@example.com")
    print(place, flush=True)
    sys.stdin.read()
"""
_ALONE: Final = """
import sys
from pathlib import Path
from ecommerce_analytics.locks import alone
with alone(Path(sys.argv[1]), "the warehouse"):
    print("held", flush=True)
    sys.stdin.read()
"""


def _run(code: str, argument: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(argument)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline()
    return process


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated shop."""
    directory = tmp_path_factory.mktemp("private") / "shop"
    generate_shop(ShopSpec(customers=3, orders=5), directory)
    return directory


@pytest.fixture
def own(shop: Path, tmp_path: Path) -> Path:
    """The same files without the simulator's manifest: a user's own shop."""
    directory = tmp_path / "own"
    directory.mkdir()
    for path in shop.glob("*.parquet"):
        (directory / path.name).write_bytes(path.read_bytes())
    return directory


def test_commands_write_for_their_owner_alone(tmp_path: Path) -> None:
    """The shop, its files and the warehouse are readable by their owner only."""
    ecom = Path(sys.executable).with_name("ecom")
    shop, warehouse = tmp_path / "made" / "shop", tmp_path / "made" / "w.duckdb"
    options = ("--customers", "3", "--orders", "5", "--out", str(shop))
    subprocess.run([ecom, "generate", *options], check=True, capture_output=True)
    load = ("--from", str(shop), "--warehouse", str(warehouse))
    subprocess.run([ecom, "load", *load], check=True, capture_output=True)
    written = [tmp_path / "made", *(tmp_path / "made").rglob("*")]
    assert warehouse in written
    assert not [path for path in written if path.stat().st_mode & 0o077]


def test_mock_data_is_its_owners_alone(shop: Path, tmp_path: Path) -> None:
    """Mock data is private even if the process's umask is open."""
    write_mock_data(shop, tmp_path)
    scripts = list(tmp_path.glob("*.sql"))
    assert scripts
    assert {path.stat().st_mode & 0o777 for path in scripts} == {0o600}


def test_what_a_killed_command_left_is_removed(tmp_path: Path) -> None:
    """The next command in the directory removes leftovers; files of a running one stay."""
    killed, living = _run(_SCRATCH, tmp_path), _run(_SCRATCH, tmp_path)
    with killed, living:
        assert len(list(tmp_path.iterdir())) == 2
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        with scratch(tmp_path) as place:
            assert place.stat().st_mode & 0o077 == 0
            names = sorted(path.name.split("-")[1] for path in tmp_path.iterdir())
        assert names == sorted([str(living.pid), str(os.getpid())])
    clear_leftovers(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    """A lock is held by one process until it ends; nested work can take it again."""
    lock = tmp_path / "warehouse" / "ecom.lock"
    with _run(_ALONE, lock) as other:
        said = rf"another load or build runs on the warehouse \(pid {other.pid}\)"
        with pytest.raises(EcomError, match=said), alone(lock, "the warehouse"):
            pass
        other.kill()
    with alone(lock, "the warehouse"), alone(lock, "the warehouse"):
        assert lock.stat().st_mode & 0o777 == 0o600


def _key(warehouse: Path) -> str:
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        ((key,),) = connection.execute("select secret from raw_data.person_key").fetchall()
    return str(key)


def test_every_generated_shop_has_the_same_key(shop: Path, tmp_path: Path) -> None:
    """Generated shops share one key, so their ids are equal on every engine and machine."""
    load_shop(shop, tmp_path / "w.duckdb")
    assert _key(tmp_path / "w.duckdb") == GENERATED


def test_an_own_shops_key_is_random_and_stays(own: Path, tmp_path: Path) -> None:
    """An own shop's key is random per warehouse and kept by later loads."""
    keys = []
    for name in ("a.duckdb", "b.duckdb", "a.duckdb"):
        load_shop(own, tmp_path / name)
        keys.append(_key(tmp_path / name))
    assert keys[0] == keys[2] != keys[1]
    assert all(len(key) == 64 for key in keys)


def test_an_own_shop_does_not_keep_the_known_key(shop: Path, own: Path, tmp_path: Path) -> None:
    """Loading an own shop replaces the public key of an earlier demo."""
    for source in (shop, own):
        load_shop(source, tmp_path / "w.duckdb")
    assert _key(tmp_path / "w.duckdb") != GENERATED
    before = _key(tmp_path / "w.duckdb")
    load_shop(shop, tmp_path / "w.duckdb")
    assert _key(tmp_path / "w.duckdb") == before


def test_a_key_can_be_given(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment, else `.env`, sets the key, so that several warehouses have the same ids."""
    file = tmp_path / ".env"
    file.write_text(f"ECOM_PERSON_KEY={'f' * 32}\n", encoding="utf-8")
    assert wanted_key(own, None, file) == "f" * 32
    monkeypatch.setenv("ECOM_PERSON_KEY", "e" * 40)
    assert wanted_key(own, None, file) == "e" * 40
    assert wanted_key(own, "held", file) is None
    monkeypatch.setenv("ECOM_PERSON_KEY", "short-canary")
    with pytest.raises(EcomError, match="ECOM_PERSON_KEY has 12 characters") as error:
        wanted_key(own, None, file)
    assert "canary" not in str(error.value)
