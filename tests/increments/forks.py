"""dbt in forks of one process that has parsed the project once, to avoid start-up time.

A month of builds, or a build killed at twenty moments, would otherwise mostly start Python.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from command_server import compile_macros
from conftest import NO_TESTS
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.paths import DBT_PROJECT
from parses import hand_on, remember, target_variable

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunner
    from dbt_common.events.base_types import EventMsg

# The events that a kill can wait for: the start or end of a node.
_MOMENTS: Final = ("NodeStart", "NodeFinished")


@dataclass(frozen=True)
class Killed:
    """A build that was killed.

    Attributes:
        by: The signal that ended it; 0 if it had already finished.
        moment: The last event before the kill, such as `NodeFinished model.x.fact_orders`.
    """

    by: int
    moment: str


class Forks:
    """The project, parsed for one kind of engine and built on warehouses of that kind."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        """Parse the project, with its own target directory."""
        self.directory = directory
        hand_on(engine, directory / "target")
        with _environment(engine):
            self._manifest = _runner(None).invoke(["parse", *self._options()]).result
        remember(engine, directory / "target")
        compile_macros(self._manifest)  # type: ignore[arg-type]

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The project's manifest, as dbt writes it."""
        written: Mapping[str, Any] = self._manifest.to_dict()  # type: ignore[union-attr]
        return written

    def start(self, engine: Engine, *arguments: str) -> int:
        """Start a build without tests in a fork; returns its process id."""
        return self._fork(engine, arguments, lambda _: None)

    def finish(self, child: int) -> None:
        """Wait for a build, which must succeed."""
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        assert code == 0, (self.directory / f"errors.{child}").read_text(encoding="utf-8")

    def build(self, engine: Engine, *arguments: str) -> None:
        """Build without tests; it must succeed."""
        self.finish(self.start(engine, *arguments))

    def kill(self, engine: Engine, moment: int, *arguments: str) -> Killed:
        """Start a build, and kill it after the given number of node starts and ends."""
        reading, writing = os.pipe()
        child = self._fork(
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

    def _fork(self, engine: Engine, arguments: Sequence[str], tell: Callable[[str], object]) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        if child := os.fork():
            return child
        code = 1
        # Short processes need no garbage collector, which would copy the parent's memory pages.
        gc.disable()
        try:
            code = self._build(engine, arguments, tell)
        finally:
            # The fork must not run pytest's exit handlers or flush the parent's files.
            os._exit(code)

    def _build(
        self, engine: Engine, arguments: Sequence[str], tell: Callable[[str], object]
    ) -> int:
        def on_event(event: "EventMsg") -> None:
            if event.info.name in _MOMENTS:
                tell(f"{event.info.name} {event.data.node_info.unique_id}")
            if event.info.level == "error":
                errors.write(f"{event.info}\n")

        path = self.directory / f"errors.{os.getpid()}"
        with _environment(engine), path.open("w", encoding="utf-8") as errors:
            options = ["build", *NO_TESTS, *arguments, *self._options()]
            result = _runner(self._manifest, on_event).invoke(options)
            errors.write(f"{result.exception or ''}\n")
        return 0 if result.success else 1

    def _options(self) -> list[str]:
        return [
            *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
            *("--target-path", str(self.directory / "target"), "--no-write-json"),
            *("--log-level", "none", "--log-level-file", "none"),
        ]


def _environment(engine: Engine) -> AbstractContextManager[object]:
    return patch.dict(os.environ, {**engine.environment, **target_variable(engine)})


def _runner(manifest: Any, *callbacks: Callable[["EventMsg"], None]) -> "dbtRunner":
    from dbt.cli.main import dbtRunner

    return dbtRunner(manifest=manifest, callbacks=list(callbacks))
