"""Builds a small shop with dbt 2 and compares every relation with a build by dbt 1.

dbt 2 gets a copy of the project with three edits for what alpha 4 does not do yet (`_EDITS`), and
DuckDB's own driver, because it brings none. Run it as `make dbt-v2`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.load.sql import identifier, literal
from ecommerce_analytics.parity import Comparison, built_nodes, compare
from ecommerce_analytics.paths import DBT_PROJECT, ROOT

_HOME: Final = ROOT / ".venv" / "dbt-v2"
_DBT: Final = _HOME / "bin" / "dbt"
_DRIVER: Final = "@duckdb/node-bindings-linux-x64@1.5.6-r.1"
_DRIVER_SHA256: Final = "1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff"
_MANIFEST: Final = """\
name = "DuckDB"
version = "1.5.6"

[ADBC]
version = "1.1.0"

[Driver]
entrypoint = "duckdb_adbc_init"

[Driver.shared]
linux_amd64 = {library}
"""
# dbt 2 warns of the semantic layer's YAML, which it does not read, and of types it reads otherwise.
_WARNINGS: Final = '{"error": [], "warn": ["LogTestResult"]}'
# In a unit test that overrides a var, dbt 2 does not see the project's own vars.
_VARS: Final = '{"key_type": "bigint", "value_mapping": "value_mapping"}'

# Unit tests that dbt 2 cannot run, and the reason.
_LEFT_OUT: Final = {
    "removal_effects_of_a_short_chain": "gives a fixture's numbers 32 bits; a product has 53"
}


@dataclass(frozen=True)
class Edit:
    """A text in a file of the project that dbt 2 needs changed, and the reason."""

    path: str
    old: str
    new: str
    reason: str


_EDITS: Final = (
    Edit(
        "models/marts/core/fact_marketing_touchpoints.yml",
        "on_schema_change: fail",
        "on_schema_change: append_new_columns",
        "takes equal types for changed ones between the batches of a microbatch model",
    ),
    Edit(
        "models/marts/analytics/marketing_attribution.yml",
        "          alias: marketing_attribution\n",
        "          alias: marketing_attribution\n"
        "          latest_version_pointer: {enabled: false}\n",
        "creates a view under the latest version's alias; dbt 1.11 does not know the setting",
    ),
    Edit(
        "models/marts/analytics/marketing_attribution.yml",
        "\"{{ 'double precision' if target.type == 'postgres' else 'double' }}\"",
        "double",
        "does not render the types of a version's own columns",
    ),
)


class StepError(Exception):
    """A step failed; the message says which and why."""


def main(shop: Path, warehouse: Path) -> int:
    """Build with dbt 2 and compare.

    Args:
        shop: The shop's files.
        warehouse: The shop's warehouse, built by dbt 1.

    Returns:
        The exit code: 0 if no row differs, or if dbt 2 cannot be had here.
    """
    missing = _missing()
    if missing:
        print(f"skipped: dbt 2, because {missing}")
        return 0
    try:
        project = _copy_project()
        other = _load(shop, warehouse.name)
        _dbt(project, other, "build", "--exclude-resource-type", "unit_test")
        for name, reason in _LEFT_OUT.items():
            print(f"left out {name}: dbt 2 {reason}")
        selected = ("--select", "test_type:unit", "--exclude", *_LEFT_OUT)
        _dbt(project, other, "test", *selected, "--vars", _VARS)
    except StepError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    one, two = DuckDBEngine(warehouse, target="dbt_1"), DuckDBEngine(other, target="dbt_2")
    engine = DuckDBEngine(warehouse)
    comparisons = list(compare(built_nodes(engine), [one, two]))
    # A version's own columns come first on dbt 2: its rows are compared by the columns' names.
    differing = [
        found
        for found in comparisons
        if found.differences and not _equal_by_name(found, warehouse, other)
    ]
    for found in differing:
        print(f"{found.node.relation}: {' / '.join(found.differences)}")
    rows = sum(found.contents["dbt_1"].rows for found in comparisons)
    print(f"{len(comparisons)} relations, {rows:,} rows: {len(differing)} differ")
    return 1 if differing else 0


def _equal_by_name(found: Comparison, one: Path, two: Path) -> bool:
    """Whether a relation has the same columns, in any order, and the same rows."""
    here, there = (found.contents[target].columns for target in ("dbt_1", "dbt_2"))
    if dict(here) != dict(there):
        return False
    columns = ", ".join(identifier(name) for name in here)
    with duckdb.connect() as db:
        for name, path in (("one", one), ("two", two)):
            db.execute(f"attach {literal(str(path))} as {name} (read_only)")
        schema, table = found.node.relation.schema, found.node.relation.name
        rows = [f"select {columns} from {name}.{schema}.{table}" for name in ("one", "two")]  # noqa: S608
        return not any(
            db.execute(f"{left} except all {right}").fetchall()
            for left, right in (rows, reversed(rows))
        )


def _missing() -> str | None:
    """What dbt 2 lacks on this machine; none if everything is there."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return "its driver is fetched for Linux on x86-64 only"
    if not _DBT.exists():
        return "its package could not be installed"
    if shutil.which("npm") is None:
        return "npm, which fetches its driver for DuckDB, is not installed"
    if not (_HOME / "libduckdb.so").exists() and not _fetch_driver():
        return "its driver for DuckDB could not be fetched"
    return None


def _fetch_driver() -> bool:
    packed = subprocess.run(  # noqa: S603
        [str(shutil.which("npm")), "pack", "--json", _DRIVER],
        cwd=_HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    if packed.returncode:
        return False
    archive = _HOME / json.loads(packed.stdout)[0]["filename"]
    if hashlib.sha256(archive.read_bytes()).hexdigest() != _DRIVER_SHA256:
        raise SystemExit(f"error: {archive} is not the file of {_DRIVER}; remove it and try again")
    with tarfile.open(archive) as files:
        library = files.extractfile("package/libduckdb.so")
        if library is not None:
            (_HOME / "libduckdb.so").write_bytes(library.read())
    archive.unlink()
    return (_HOME / "libduckdb.so").exists()


def _copy_project() -> Path:
    (_HOME / "drivers").mkdir(exist_ok=True)
    library = json.dumps(str(_HOME / "libduckdb.so"))
    (_HOME / "drivers" / "duckdb.toml").write_text(_MANIFEST.format(library=library))
    project = _HOME / "dbt_project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    # Installed from the folder, without asking the dbt hub.
    utils = _HOME / "dbt_utils"
    shutil.rmtree(utils, ignore_errors=True)
    shutil.move(project / "dbt_packages" / "dbt_utils", utils)
    shutil.rmtree(project / "dbt_packages")
    (project / "package-lock.yml").unlink(missing_ok=True)
    (project / "packages.yml").write_text("packages:\n  - local: ../dbt_utils\n")
    for edit in _EDITS:
        path = project / edit.path
        text = path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise StepError(f"{edit.path} has not {edit.old!r} once; adapt the edit in {__file__}")
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
        print(f"edited {edit.path}: dbt 2 {edit.reason}")
    return project


def _load(shop: Path, name: str) -> Path:
    """Load the shop into a new warehouse: dbt 2 does not continue the snapshots of dbt 1."""
    # dbt names a DuckDB database after its file, and views name their database.
    warehouse = _HOME / "warehouse" / name
    shutil.rmtree(warehouse.parent, ignore_errors=True)
    warehouse.parent.mkdir()
    DuckDBEngine(warehouse).load(shop)
    return warehouse


def _dbt(project: Path, warehouse: Path, *arguments: str) -> None:
    environment: Mapping[str, str] = {
        **os.environ,
        "ADBC_DRIVER_PATH": str(_HOME / "drivers"),
        "DBT_PROFILES_DIR": str(project),
        "DBT_TARGET": "duckdb",
        "DBT_TARGET_PATH": "target",
        "DBT_WARN_ERROR_OPTIONS": _WARNINGS,
        "ECOM_WAREHOUSE": str(warehouse),
    }
    command: Sequence[str] = (str(_DBT), *arguments)
    done = subprocess.run(  # noqa: S603
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    print(f"dbt {' '.join(arguments)}")
    print("\n".join(f"  {line}" for line in lines if line.startswith("Summary")))
    if done.returncode:
        shown = [line for line in lines if "Failed" in line or line.startswith("[error]")]
        raise StepError("\n".join((f"dbt {arguments[0]} failed", *shown)))


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
