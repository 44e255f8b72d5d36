"""`dbt build` with a progress bar: one line instead of hundreds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ecommerce_analytics.dbt_runner import invoke, reason, require_loaded
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.failing_rows import failing_rows
from ecommerce_analytics.paths import DBT_PROJECT

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

# A test that warns observes the source: its findings are listed, but it is no failure.
_FINE: Final = ("success", "pass", "warn", "no-op", "skipped")


@dataclass
class _Watcher:
    """Follows dbt's events: the number of nodes and the result of each."""

    progress: Progress
    failures: list[str] = field(default_factory=list)
    manifest: Path | None = None

    def __post_init__(self) -> None:
        self._task = self.progress.add_task("dbt build", total=None)

    @property
    def listeners(self) -> dict[str, Callable[["EventMsg"], None]]:
        """The callback of each dbt event; dbt calls it from its own threads."""
        return {
            "ArtifactWritten": self._keep,
            "LogStartLine": self._start,
            "NodeFinished": self._advance,
        }

    def _keep(self, event: "EventMsg") -> None:
        path = Path(event.data.artifact_path)
        if path.name == "manifest.json":
            self.manifest = path

    def _start(self, event: "EventMsg") -> None:
        self.progress.update(self._task, total=int(event.data.total))

    def _advance(self, event: "EventMsg") -> None:
        if event.data.node_info.resource_type != "operation":
            self.progress.advance(self._task)
        if event.data.run_result.status not in _FINE:
            message = " ".join(event.data.run_result.message.split())
            self.failures.append(f"{event.data.node_info.unique_id}: {message}")

    def finish(self) -> None:
        """Fill the bar: dbt counts exposures, but reports no result for them."""
        total = self.progress.tasks[self._task].total
        self.progress.update(self._task, completed=total)


def build(arguments: tuple[str, ...], engine: Engine, project: Path = DBT_PROJECT) -> float:
    """Run `dbt build` in this process, with a progress bar on standard error.

    Args:
        arguments: Further arguments of `dbt build`, such as `--select`.
        engine: The warehouse to build in.
        project: The dbt project, which also holds the profile.

    Returns:
        Seconds that the build took.

    Raises:
        EcomError: Nothing is loaded, a node failed, or dbt could not start; the message names the
            node and the reason, followed by some of the rows that fail a test.
    """
    require_loaded(engine)
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))
    with engine.building():
        with bar as progress:
            watcher = _Watcher(progress)
            result = invoke(engine, "build", arguments, project, watcher.listeners)
            watcher.finish()
        if not result.success:
            why = _failures(watcher.failures, engine) or reason(result, engine)
            raise EcomError(
                f"dbt build failed: {why}; see {project / 'logs' / 'dbt.log'}",
                details=failing_rows(result.result, watcher.manifest, engine),
            )
    return time.monotonic() - started


def _failures(failures: list[str], engine: Engine) -> str | None:
    """The first failure and the number of failures; null if there is none.

    A failure that the engine can explain comes first.
    """
    if not failures:
        return None
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    known = next((why for failure in failures if (why := engine.refusal(failure))), None)
    return known or failures[0].rstrip(".") + more
