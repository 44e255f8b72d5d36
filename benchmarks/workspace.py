"""A shop of one size and its warehouse, each step created on first use."""

import shutil
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from measure import Cost, run

HERE: Final = Path(__file__).resolve().parent
_PROJECT: Final = HERE.parent / "dbt_project"
# As in the default shop.
_ORDERS_PER_CUSTOMER: Final = 5
WITHOUT_TESTS: Final = (
    *("--exclude-resource-type", "test"),
    *("--exclude-resource-type", "unit_test"),
)
# The inputs that the models' own SQL does not create.
_GIVEN: Final = ("resource_type:seed", "resource_type:function", "+resource_type:snapshot")


class Workspace:
    """A folder for one size; an existing shop is used again."""

    def __init__(self, orders: int, folder: Path) -> None:
        """Use a folder, which is created."""
        folder.mkdir(parents=True, exist_ok=True)
        self.orders = orders
        self.folder = folder
        self.warehouse = folder / "warehouse.duckdb"
        self.target = folder / "target"
        self.is_built = False
        self.clear()
        self.environment: Mapping[str, str] = {
            "DBT_TARGET": "duckdb",
            "ECOM_WAREHOUSE": str(self.warehouse),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    @property
    def size(self) -> tuple[str, ...]:
        """The options of `ecom generate`."""
        customers = max(1, self.orders // _ORDERS_PER_CUSTOMER)
        return ("--orders", str(self.orders), "--customers", str(customers))

    @cached_property
    def shop(self) -> Path:
        """The shop's files."""
        shop = self.folder / "shop"
        if not (shop / "shop.json").exists():
            self.ecom("generate", "--out", str(shop), *self.size)
        return shop

    @cached_property
    def loaded(self) -> Path:
        """The warehouse with the raw tables, and the inputs that its own models do not create."""
        self.ecom("load", "--from", str(self.shop))
        self.ecom("build", "--select", *_GIVEN, *WITHOUT_TESTS)
        return self.warehouse

    @property
    def built(self) -> Path:
        """The warehouse with every model."""
        warehouse = self.loaded
        if not self.is_built:
            self.ecom("build", "--full-refresh", *WITHOUT_TESTS)
            self.is_built = True
        return warehouse

    def clear(self) -> None:
        """Remove everything except the shop: it is large, and may be of another project version."""
        for path in self.folder.iterdir():
            if path.is_dir() and path.name != "shop":
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()

    def ecom(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Cost:
        """Run and time an `ecom` command."""
        name = f"ecom {' '.join(arguments)}"
        return self.timed(name, program("ecom"), *arguments, environment=environment)

    def python(
        self, name: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Cost:
        """Run and time this Python."""
        return self.timed(name, sys.executable, *arguments, environment=environment)

    def compile(self, *selection: str) -> Path:
        """The project's manifest with the SQL of the selected nodes."""
        target = self.folder / "compiled"
        shutil.rmtree(target, ignore_errors=True)
        folders = ("--project-dir", str(_PROJECT), "--profiles-dir", str(_PROJECT))
        command = (program("dbt"), "--quiet", "compile", "--full-refresh", *selection, *folders)
        run(command, {**self.environment, "DBT_TARGET_PATH": str(target)})
        return target / "manifest.json"

    def timed(
        self,
        name: str,
        *command: str,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Cost:
        """Run and time a command, and print the time."""
        self.say(name)
        cost = run(command, {**self.environment, **(environment or {})}, folder)
        self.say(f"  {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, {cost.memory / 1e6:,.0f} MB")
        return cost

    def say(self, what: str) -> None:
        """Print a line of progress."""
        print(f"{self.orders:,} orders: {what.replace(str(self.folder), '.')}", flush=True)


def program(name: str) -> str:
    """A command of this Python environment."""
    return str(Path(sys.executable).with_name(name))
