"""Unusual files: each gives a sentence quickly and with little memory."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load import load_shop

from .conftest import Shop, rows_of, write_csv

_LONG = 100_000_000
_TOO_LONG = "is longer than 2,000,000 characters, expected a shorter one"
_QUOTE = "found a quote out of place, expected a quoted value to end with"


def _fault(shop: Shop, warehouse: Path) -> str:
    with pytest.raises(EcomError) as rejection:
        load_shop(shop.directory, warehouse)
    assert not warehouse.exists()
    return str(rejection.value).replace(f"{shop.directory}/", "")


def _long_line(shop: Shop, change: Callable[[list[str]], None]) -> None:
    path = shop.write("orders", rows_of(load_contract().table("orders")))
    lines = path.read_text(encoding="utf-8").split("\n")
    change(lines)
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "old", "new", "sentence"),
    [
        (2, ",x,", f",{'x' * _LONG},", f"line 3 {_TOO_LONG}"),
        (2, ",x,", f',"{"x" * _LONG}",', f"line 3 {_TOO_LONG}"),
        (2, ",x,", ',"' + '""' * (_LONG // 2) + '",', f"line 3 {_TOO_LONG}"),
        (2, ",x,", "," * _LONG, f"line 3 {_TOO_LONG}"),
        (2, ",x,", ',"' + ("x" * 99 + "\n") * (_LONG // 100), f"line 3, column email: {_QUOTE}"),
        (0, "email", "x" * _LONG, f"line 1 {_TOO_LONG}"),
    ],
    ids=["text", "quoted", "quotes", "commas", "a lost quote", "header"],
)
def test_a_line_of_100_megabytes(
    shop: Shop, warehouse: Path, line: int, old: str, new: str, sentence: str
) -> None:
    """A line of 100 MB needs little memory; measured in its own process."""

    def change(lines: list[str]) -> None:
        lines[line] = lines[line].replace(old, new, 1)

    _long_line(shop, change)
    # Without a file argument, DuckDB considers the process interactive and shows its progress.
    program = shop.directory / "load.py"
    program.write_text(
        "import sys; from pathlib import Path; "
        "from ecommerce_analytics.errors import EcomError; "
        "from ecommerce_analytics.load import load_shop\n"
        "try: load_shop(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except EcomError as error: print(error)\n"
        # getrusage would include the memory of the parent at the fork.
        "status = Path('/proc/self/status').read_text().split()\n"
        "print(int(status[status.index('VmHWM:') + 1]) // 1024)",
        encoding="utf-8",
    )
    result = subprocess.run(
        [sys.executable, str(program), str(shop.directory), str(warehouse)],
        capture_output=True,
        text=True,
        check=True,
    )
    [fault, megabytes] = result.stdout.splitlines()
    assert fault.startswith(f"{shop.directory}/orders.csv, {sentence}")
    assert int(megabytes) < 1_500
    assert not warehouse.exists()


@pytest.mark.parametrize("name", ["Refunds.CSV", "refunds.csv.gz", "refunds.xlsx", "refunds.tsv"])
def test_a_file_that_is_not_read_is_not_an_absent_table(
    shop: Shop, warehouse: Path, name: str
) -> None:
    """A file in an unread format is reported, because the shop would silently lack refunds."""
    shop.write("orders", rows_of(load_contract().table("orders")))
    for path in shop.directory.glob("refunds.*"):
        path.unlink()
    (shop.directory / name).write_text("x", encoding="utf-8")
    assert _fault(shop, warehouse) == (
        f"{name} is not a file that is read, expected refunds.csv or refunds.parquet"
    )


def test_a_link_to_nothing(shop: Shop, warehouse: Path) -> None:
    """A broken link for an optional table is an error, because its rows are missing."""
    shop.path("refunds").symlink_to("exports/refunds.csv")
    assert _fault(shop, warehouse) == (
        "refunds.csv is a link to exports/refunds.csv, which is not there; "
        "expected the rows of refunds"
    )
    shop.path("refunds").unlink()
    shop.path("refunds").symlink_to("refunds.csv")
    assert _fault(shop, warehouse).startswith("refunds.csv is a link to refunds.csv, which is not")


def test_a_link_to_a_file(shop: Shop, warehouse: Path, tmp_path: Path) -> None:
    """A link to a file is followed."""
    write_csv(tmp_path / "elsewhere.csv", rows_of(load_contract().table("refunds")))
    shop.path("refunds").symlink_to(tmp_path / "elsewhere.csv")
    assert load_shop(shop.directory, warehouse).rows["refunds"] == 3


def test_a_pipe_and_a_folder(shop: Shop, warehouse: Path) -> None:
    """A pipe and a folder are not read, and both are named."""
    os.mkfifo(shop.path("refunds"))
    shop.path("inventory_levels", "parquet").mkdir()
    assert _fault(shop, warehouse).splitlines() == [
        "found 2 faults, nothing was loaded:",
        "  refunds.csv is not a file, expected the rows of refunds",
        "  inventory_levels.parquet is not a file, expected the rows of inventory_levels",
    ]


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_file_that_may_not_be_read(
    shop: Shop, warehouse: Path, monkeypatch: pytest.MonkeyPatch, file_format: str
) -> None:
    """The message has only the operating system's reason."""
    path = shop.write("orders", rows_of(load_contract().table("orders")), file_format)
    opened = Path.open

    def closed(self: Path, *arguments: object, **options: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", closed)
    assert _fault(shop, warehouse) == f"{path.name} cannot be read: Permission denied"


def test_faults_of_files_and_of_rows_are_reported_together(shop: Shop, warehouse: Path) -> None:
    """A file that cannot be opened does not hide faults in the others."""
    shop.path("products", "parquet").unlink()
    rows = rows_of(load_contract().table("orders"))
    rows[0]["order_total"] = "x"
    shop.write("orders", rows)
    assert _fault(shop, warehouse).splitlines() == [
        "found 2 faults, nothing was loaded:",
        f"  {shop.directory} has no file for the table products, "
        "expected products.parquet or products.csv",
        "  orders.csv, line 2, column order_total: found 'x', "
        "expected a number of at most 16 digits with at most 2 decimals",
    ]


def test_a_folder_that_cannot_be_written(shop: Shop) -> None:
    """A folder where even root cannot write gives one sentence."""
    place = Path("/proc/ecom/warehouse.duckdb")
    with pytest.raises(EcomError) as rejection:
        load_shop(shop.directory, place)
    assert str(rejection.value).startswith("cannot make the directory /proc/ecom for the warehouse")
    with pytest.raises(EcomError) as rejection:
        load_shop(shop.directory, Path("/proc/warehouse.duckdb"))
    assert str(rejection.value).startswith("cannot write the warehouse /proc/warehouse.duckdb: ")


def test_no_memory_for_many_faults(shop: Shop, warehouse: Path) -> None:
    """Two hundred thousand rows with faults in several columns need little memory."""
    row = rows_of(load_contract().table("orders"))[0]
    row.update(order_total="x", ordered_at="never", currency="")
    write_csv(shop.path("orders"), [row])
    shop.path("orders", "parquet").unlink()
    header, line = shop.path("orders").read_text(encoding="utf-8").splitlines()
    shop.path("orders").write_text("\n".join([header, *[line] * 200_000]), encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = _fault(shop, warehouse).splitlines()
    assert lines[0] == "found 799,999 faults, nothing was loaded; the first 20:"
    assert len(lines) == 1 + 20 + 1 + 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000
