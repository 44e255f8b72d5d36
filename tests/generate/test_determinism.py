"""One seed always gives the same bytes, with any number of threads."""

from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.generate import FileFormat, ShopSpec, generate_shop

SEVERAL_CHUNKS = ShopSpec(customers=2_000, orders=90_000)
SMALL = ShopSpec(customers=200, orders=800)


def digests(folder: Path) -> dict[str, str]:
    """The hash of every file below `folder`."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_bytes_for_any_number_of_threads(tmp_path: Path) -> None:
    """Any number of threads gives the same bytes."""
    for threads in (1, 3):
        generate_shop(SEVERAL_CHUNKS, tmp_path / str(threads), threads=threads)
    assert digests(tmp_path / "1") == digests(tmp_path / "3")


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_same_bytes_on_every_run(tmp_path: Path, file_format: FileFormat) -> None:
    """Every run gives the same bytes."""
    for run in ("first", "second"):
        generate_shop(SMALL, tmp_path / run, file_format=file_format)
    assert digests(tmp_path / "first") == digests(tmp_path / "second")


def test_another_seed_gives_another_shop(tmp_path: Path) -> None:
    """Another seed gives another shop; neither has erasure requests."""
    for seed in (1, 2):
        spec = ShopSpec(customers=200, orders=800, seed=seed)
        generate_shop(spec, tmp_path / str(seed))
    one, two = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] == two[name]} == {"erasures.parquet"}


def test_csv_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    """CSV and Parquet hold the same rows."""
    generate_shop(SMALL, tmp_path / "parquet")
    generate_shop(SMALL, tmp_path / "csv", file_format="csv")
    for table in load_contract().tables:
        types = {c.name: str(c.data_type).replace("string", "varchar") for c in table.file_columns}
        csv = (
            f"read_csv('{tmp_path / 'csv' / table.name}.csv', header=true, "
            f"allow_quoted_nulls=false, columns={types})"
        )
        parquet = f"'{tmp_path / 'parquet' / table.name}.parquet'"
        count = f"select count(*) from (from {csv} except all from {parquet})"  # noqa: S608
        assert duckdb.execute(count).fetchone() == (0,)


def test_csv_is_plain(tmp_path: Path) -> None:
    """CSV has ISO instants, true and false, and nothing for null."""
    generate_shop(SMALL, tmp_path / "shop", file_format="csv")
    header, first = (tmp_path / "shop" / "orders.csv").read_text("utf-8").splitlines()[:2]
    names = [column.name for column in load_contract().table("orders").file_columns]
    assert header.replace('"', "").split(",") == names
    values = dict(zip(names, first.split(","), strict=True))
    assert len(values["ordered_at"]) == len("2023-01-01 00:00:00")
    assert values["is_test"] in ("true", "false")
    assert values["cancelled_at"] == "" or len(values["cancelled_at"]) == 19
