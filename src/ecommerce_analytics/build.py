"""`dbt build` with a progress bar: what dbt prints in hundreds of lines, in one."""

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.locks import holder
from ecommerce_analytics.paths import DBT_PROJECT

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt_common.events.base_types import EventMsg

_FINE: Final = ("success", "pass", "no-op", "skipped")


@dataclass
class _Watcher:
    """Follows dbt's events: how many nodes there are, and what became of each."""

    progress: Progress
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._task = self.progress.add_task("dbt build", total=None)

    def __call__(self, event: "EventMsg") -> None:
        """Take one event; dbt calls this from its own thread."""
        if event.info.name == "LogStartLine":
            self.progress.update(self._task, total=int(event.data.total))
        elif event.info.name == "NodeFinished":
            if event.data.node_info.resource_type != "operation":
                self.progress.advance(self._task)
            if event.data.run_result.status not in _FINE:
                message = " ".join(event.data.run_result.message.split())
                self.failures.append(f"{event.data.node_info.unique_id}: {message}")

    def finish(self) -> None:
        """Fill the bar: dbt counts exposures, but does not report on each."""
        total = self.progress.tasks[self._task].total
        self.progress.update(self._task, completed=total)


def build(arguments: tuple[str, ...], warehouse: Path, project: Path = DBT_PROJECT) -> float:
    """Run `dbt --warn-error build` in this process, with a progress bar on standard error.

    Args:
        arguments: Further arguments of `dbt build`, such as `--select`.
        warehouse: The DuckDB file that the profile's embedded target opens.
        project: The dbt project, which also holds the profile.

    Returns:
        Seconds that the build took.

    Raises:
        EcomError: A node failed, or dbt could not start; the message says which and why.
    """
    from dbt.cli.main import dbtRunner

    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with _open_for_dbt(warehouse), Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        watcher = _Watcher(bar)
        folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
        quiet = ["--warn-error", "--log-level", "none", "--log-level-file", "info"]
        result = dbtRunner(callbacks=[watcher]).invoke([*quiet, "build", *folders, *arguments])
        watcher.finish()
    if not result.success:
        why = _why(result, watcher.failures, warehouse)
        raise EcomError(f"dbt build failed: {why}; see {project / 'logs' / 'dbt.log'}")
    return time.monotonic() - started


def refusal(warehouse: Path, message: str) -> str | None:
    """Why DuckDB would not open a warehouse, as the start of a sentence.

    Args:
        warehouse: The file.
        message: DuckDB's own words.

    Returns:
        What is wrong and what to do about it; null where the message is about something else.
    """
    if who := holder(message):
        return f"{warehouse} is held by another process ({who}); close it there and try again"
    if "different configuration" in message:
        return f"{warehouse} is open in this process already; close that connection and try again"
    if warehouse.is_dir():
        return f"{warehouse} is a directory, expected a DuckDB file"
    if "not a valid DuckDB database" in message:
        return f"{warehouse} is not a DuckDB file; name another one: --warehouse FILE"
    return None


@contextmanager
def _open_for_dbt(warehouse: Path) -> Iterator[None]:
    """Give dbt the warehouse and the process to itself, and take both back when it is done."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    before = os.environ.get("ECOM_WAREHOUSE")
    # The profile's own default is relative to the project's folder, which need not be this one.
    os.environ["ECOM_WAREHOUSE"] = str(warehouse.resolve())
    # The project's parsed form is a million objects that live as long as the run: the collector
    # would walk them over and over, for a quarter of the time.
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        # dbt keeps the file open, and locked, until the process ends.
        reset_adapters()  # type: ignore[no-untyped-call]
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        if before is None:
            del os.environ["ECOM_WAREHOUSE"]
        else:
            os.environ["ECOM_WAREHOUSE"] = before


def _why(result: "dbtRunnerResult", failures: list[str], warehouse: Path) -> str:
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    if failures:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        return failures[0].rstrip(".") + more
    message = " ".join(str(result.exception).split())
    return refusal(warehouse, message) or message.rstrip(".")
