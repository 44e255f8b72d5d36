"""A small shop, loaded and built, for the changes."""

import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

from ecommerce_analytics.engines.duckdb import DuckDBEngine
from ecommerce_analytics.generate import ShopSpec, generate_shop
from mutants.project import Project, read
from mutants.warehouse import Warehouse

SHOP: Final = ShopSpec(customers=100, orders=300)
# Always the same: what a change draws depends on nothing but its seed.
_LOADED_AT: Final = datetime(2026, 1, 1)  # noqa: DTZ001 (the warehouse's times are UTC)
WAREHOUSE: Final = "warehouse.duckdb"


def build(directory: Path) -> Path:
    """Generate the shop, load and build it with all tests.

    Returns:
        dbt's target directory.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    generate_shop(SHOP, directory / "shop")
    warehouse, target = directory / WAREHOUSE, directory / "target"
    DuckDBEngine(warehouse).load(directory / "shop", loaded_at=_LOADED_AT)
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    subprocess.run(  # noqa: S603 (the project's own command)
        [Path(sys.executable).with_name("ecom"), "build", "--full-refresh"],
        check=True,
        env={**ours, "ECOM_WAREHOUSE": str(warehouse), "DBT_TARGET_PATH": str(target)},
    )
    return target


def sound(warehouse: Path, target: Path, directory: Path) -> Project:
    """Build the models once more, as tables in a copy, and ask all tests.

    Args:
        warehouse: The built warehouse.
        target: dbt's target directory.
        directory: Where the copy goes, under the same name.

    Raises:
        RuntimeError: Rows differ from dbt's, or a test fails without a change.
    """
    project = read(target)
    copy = Warehouse(copied(warehouse, directory), project)
    try:
        faults = [f"{name} has other rows" for name in copy.rebuild_all()]
        faults += [f"{test.name} fails" for test in project.tests if copy.verdict(test) != "pass"]
        faults += [
            f"{test.name} fails"
            for node in project.nodes.values()
            for test in node.unit_tests
            if not copy.passes(test.sql(test.body))
        ]
    finally:
        copy.close()
    if faults:
        raise RuntimeError(f"without a change: {', '.join(faults)}")
    return project


def copied(warehouse: Path, directory: Path) -> Path:
    """A copy of a warehouse in another directory, under its name, which is in the queries."""
    directory.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(warehouse, directory))
