"""dbt in forks of one process that has parsed the project once: a run costs what it does.

A month of builds, or a build killed at twenty moments, would otherwise mostly start Python.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.paths import DBT_PROJECT

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

# The events that a kill can wait for: a node has begun, a node is done.
_MOMENTS: Final = ("NodeStart", "NodeFinished")


@dataclass(frozen=True)
class Killed:
    """A build that was killed.

    Attributes:
        signal: What ended it; 0 where it was over before.
        moment: The last event before the kill, such as `NodeFinished model.x.fact_orders`.
    """

    signal: int
    moment: str


class Forks:
    """The project, parsed for one kind of engine, run on warehouses of that kind."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        """Parse the project in a directory of its own."""
        self.target = directory / "target"
        self.engine = engine
        os.environ.update(self._environment(engine))
        manifest = _runner().invoke(["parse", *self._options()]).result
        self.manifest: Manifest = manifest  # type: ignore[assignment]

    def build(self, engine: Engine, *arguments: str) -> None:
        """Build without tests, in a fork; it must succeed."""
        child = self._start(engine, arguments, lambda _: None)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0, (self.target.parent / "errors").read_text()

    def kill(self, engine: Engine, moment: int, *arguments: str) -> Killed:
        """Start a build, and kill it after so many nodes have begun or ended."""
        reading, writing = os.pipe()
        child = self._start(
            engine, arguments, lambda event: os.write(writing, f"{event}\n".encode())
        )
        os.close(writing)
        last = ""
        with os.fdopen(reading, encoding="utf-8") as events:
            for number, event in enumerate(events, start=1):
                last = event.strip()
                if number == moment:
                    os.kill(child, signal.SIGKILL)
                    break
        _, status = os.waitpid(child, 0)
        return Killed(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, last)

    def _start(
        self, engine: Engine, arguments: Sequence[str], tell: Callable[[str], object]
    ) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        if child := os.fork():
            return child
        code = 1
        try:
            code = self._run(engine, arguments, tell)
        finally:
            os._exit(code)

    def _run(self, engine: Engine, arguments: Sequence[str], tell: Callable[[str], object]) -> int:
        def on_event(event: "EventMsg") -> None:
            if event.info.name in _MOMENTS:
                tell(f"{event.info.name} {event.data.node_info.unique_id}")
            if event.info.level == "error":
                errors.write(f"{event.info.msg}\n")

        os.environ.update(self._environment(engine))
        with (self.target.parent / "errors").open("w", encoding="utf-8") as errors:
            result = _runner(self.manifest, on_event).invoke(
                ["build", "--exclude-resource-type", "test", "unit_test"]
                + [*arguments, *self._options()]
            )
            if result.exception:
                errors.write(f"{result.exception}\n")
        return 0 if result.success else 1

    def _environment(self, engine: Engine) -> dict[str, str]:
        return {**engine.environment, "DBT_TARGET": engine.target}

    def _options(self) -> list[str]:
        return [
            *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
            *("--target-path", str(self.target), "--log-level", "none"),
            *("--log-level-file", "none", "--no-write-json"),
        ]


def _runner(
    manifest: "Manifest | None" = None, *callbacks: Callable[["EventMsg"], None]
) -> "dbtRunner":
    from dbt.cli.main import dbtRunner

    return dbtRunner(manifest=manifest, callbacks=list(callbacks))
