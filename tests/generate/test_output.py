"""The generator's output folder, what it replaces or rejects, and its manifest."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate import ShopSpec, generate_shop

SMALL = ShopSpec(customers=50, orders=120, start=date(2024, 1, 1), end=date(2024, 6, 30))


def test_manifest_tells_what_is_there(tmp_path: Path) -> None:
    """The manifest describes the files."""
    summary = generate_shop(SMALL, tmp_path / "shop")
    manifest = json.loads((tmp_path / "shop" / "shop.json").read_text("utf-8"))
    assert manifest == {
        "format_version": 1,
        "spec": {
            "customers": 50, "orders": 120, "seed": 42, "start": "2024-01-01", "end": "2024-06-30",
        },
        "shop_timezone": "America/New_York",
        "file_format": "parquet",
        "rows": dict(summary.rows),
    }  # fmt: skip
    assert summary.rows["orders"] == 120
    assert summary.total_rows == sum(summary.rows.values())
    assert summary.seconds > 0


def test_a_shop_is_replaced_whole(tmp_path: Path) -> None:
    """A shop is replaced completely."""
    out = tmp_path / "shop"
    generate_shop(SMALL, out, file_format="csv")
    generate_shop(replace(SMALL, orders=0), out)
    assert not list(out.glob("*.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    """An empty folder is filled."""
    (tmp_path / "shop").mkdir()
    generate_shop(SMALL, tmp_path / "shop")
    assert (tmp_path / "shop" / "orders.parquet").is_file()


def test_a_folder_that_is_no_shop_is_left_alone(tmp_path: Path) -> None:
    """A folder without a shop is not changed."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(EcomError, match=r"not a shop; choose another folder"):
        generate_shop(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_an_unwritable_place_is_one_sentence(tmp_path: Path, place: str) -> None:
    """A folder that cannot be written gives one sentence."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(EcomError) as error:
        generate_shop(SMALL, tmp_path / place)
    assert "\n" not in str(error.value)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_failing_run_leaves_the_old_shop(tmp_path: Path) -> None:
    """A failed run keeps the old shop."""
    out = tmp_path / "shop"
    generate_shop(SMALL, out)
    before = (out / "shop.json").read_bytes()

    def fail(done: int, total: int) -> None:
        raise KeyboardInterrupt(done, total)

    with pytest.raises(KeyboardInterrupt):
        generate_shop(replace(SMALL, seed=1), out, progress=fail)
    assert (out / "shop.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_leftovers_of_killed_runs_are_swept(tmp_path: Path) -> None:
    """The leftovers of killed runs are removed."""
    # This process id is above every system's limit, so no process has it.
    (tmp_path / ".shop.99999999.partial").mkdir()
    generate_shop(SMALL, tmp_path / "shop")
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_progress_is_told_of_every_chunk(tmp_path: Path) -> None:
    """Progress is reported for every chunk."""
    told: list[tuple[int, int]] = []
    spec = ShopSpec(customers=100, orders=70_000)
    generate_shop(spec, tmp_path / "shop", progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"customers": -1}, "customers cannot be negative"),
        ({"orders": -5}, "orders cannot be negative"),
        ({"seed": -1}, "seed cannot be negative"),
        ({"customers": 0}, "at least 1 customer"),
        ({"end": date(2022, 12, 31)}, "before it starts"),
        ({"start": date(1900, 1, 1)}, "within the years"),
        ({"start": date(1970, 1, 1), "end": date(2025, 1, 1)}, "at most 50 years"),
    ],
)
def test_impossible_shops_are_refused(wrong: dict[str, int | date], said: str) -> None:
    """Impossible shops are rejected."""
    with pytest.raises(EcomError, match=said) as error:
        ShopSpec(**wrong)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_impossible_runs_are_refused(tmp_path: Path) -> None:
    """Impossible runs are rejected."""
    with pytest.raises(EcomError, match="at least 1 thread"):
        generate_shop(SMALL, tmp_path / "shop", threads=0)
    with pytest.raises(EcomError, match="use parquet or csv"):
        generate_shop(SMALL, tmp_path / "shop", file_format="xlsx")  # type: ignore[arg-type]
