"""A small shop, loaded and built, for the changes."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.generate import ShopSpec, generate_shop
from mutants.increment import read_increment
from mutants.project import Project, read
from mutants.warehouse import Warehouse

SHOP: Final = ShopSpec(customers=100, orders=300)
# Always the same: what a change draws depends on nothing but its seed.
_LOADED_AT: Final = datetime(2026, 1, 1)  # noqa: DTZ001 (the warehouse's times are UTC)
WAREHOUSE: Final = "warehouse.duckdb"
_LOG: Final = "dbt.log"
# Enough for late orders, refunds and corrections.
_DAYS: Final = 14


@dataclass(frozen=True)
class Built:
    """A warehouse and what was built in it.

    Attributes:
        warehouse: The file.
        project: The project, compiled.
        before: The warehouse before a later run, if there was one.
    """

    warehouse: Path
    project: Project
    before: Path | None = None

    def opened(self, directory: Path) -> Warehouse:
        """A copy in another directory, under its name, which is in the queries."""
        directory.mkdir(parents=True, exist_ok=True)
        copy = Path(shutil.copy(self.warehouse, directory))
        return Warehouse(copy, self.project, self.before)


def build(directory: Path) -> None:
    """Generate the shop, load and build it with all tests; then let it live on, and build again."""
    shutil.rmtree(directory, ignore_errors=True)
    shop, (first, later) = directory / "shop", _places(directory)
    for place in (first, later):
        place.mkdir(parents=True)
    generate_shop(SHOP, shop)
    DuckDBEngine(first / WAREHOUSE).load(shop, loaded_at=_LOADED_AT)
    _ecom(first, "build", "--full-refresh")
    shutil.copy(first / WAREHOUSE, later)
    shutil.copytree(first / "target", later / "target")
    _ecom(later, "advance", "--files-only", "--days", str(_DAYS), "--from", str(shop))
    days = sorted(path for path in (shop / "days").iterdir() if path.is_dir())
    for number, day in enumerate(days, 1):
        DuckDBEngine(later / WAREHOUSE).apply(day, loaded_at=_LOADED_AT + timedelta(number))
    log = ("--log-level-file", "debug", "--log-format-file", "json", "--log-path", str(later))
    _ecom(later, "build", "--exclude-resource-type", "test", "unit_test", *log)


def is_built(directory: Path) -> bool:
    """Whether `build` came to its end."""
    return (_places(directory)[1] / _LOG).exists()


def read_built(directory: Path) -> tuple[Built, Built]:
    """What `build` made: the shop as first built, and after its later days."""
    first, later = _places(directory)
    project = read(first / "target")
    return (
        Built(first / WAREHOUSE, project),
        Built(later / WAREHOUSE, read_increment(project, later / _LOG), first / WAREHOUSE),
    )


def sound(built: Built, directory: Path) -> Built:
    """Build the models once more, as tables in a copy, and ask all tests.

    Raises:
        RuntimeError: Rows differ from dbt's, or a test fails without a change.
    """
    copy = built.opened(directory)
    try:
        faults = [f"{name} has other rows" for name in copy.rebuild_all()]
        faults += [
            f"{test.name} fails" for test in built.project.tests if copy.verdict(test) == "error"
        ]
        faults += [
            f"{test.name} fails"
            for node in built.project.nodes.values()
            for test in node.unit_tests
            if not copy.passes(test.sql(test.body))
        ]
    finally:
        copy.close()
    if faults:
        raise RuntimeError(f"without a change: {', '.join(faults)}")
    return replace(built, warehouse=directory / built.warehouse.name)


def _places(directory: Path) -> tuple[Path, Path]:
    return directory / "first", directory / "later"


def _ecom(place: Path, *arguments: str) -> None:
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    own = {"ECOM_WAREHOUSE": str(place / WAREHOUSE), "DBT_TARGET_PATH": str(place / "target")}
    subprocess.run(  # noqa: S603 (the project's own command)
        [Path(sys.executable).with_name("ecom"), *arguments], check=True, env={**ours, **own}
    )
