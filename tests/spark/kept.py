"""A Spark that keeps running: one Java for loads, builds and queries, instead of one per command.

A new Java compiles again what it and Spark have compiled before, which takes more CPU time than the
work on small tables.
"""

import os
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from conftest import Dbt, DbtResult
from ecommerce_analytics.engines.spark.engine import SparkEngine
from ecommerce_analytics.engines.spark.session import DIRECTORY_VARIABLE, prepare, stop

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg


class KeptSpark(SparkEngine):
    """The engine, which keeps the warehouse to itself until `stop`."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The location of the warehouse; dbt in this process uses the same session."""
        prepare(self.directory)
        return {DIRECTORY_VARIABLE: str(self.directory.resolve())}

    def release(self) -> None:
        """Nothing to do: see `stop`."""


class DbtOnSpark(Dbt):
    """The project on a running Spark, with dbt in this process."""

    def __init__(self, directory: Path) -> None:
        """Use `directory`, which also has Spark's warehouse."""
        super().__init__(directory, engine=KeptSpark(directory / "spark"))

    def start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a dbt command in its own process, which has the warehouse until it ends."""
        stop()
        return super().start(command, *arguments)

    def run(self, command: str, *arguments: str) -> DbtResult:
        """Run a dbt command to completion, successful or not."""
        from dbt.adapters.factory import reset_adapters
        from dbt.cli.main import dbtRunner
        from dbt_common.events.functions import msg_to_dict

        events: list[Mapping[str, Any]] = []

        def keep(event: "EventMsg") -> None:
            if event.info.level != "debug":
                events.append(msg_to_dict(event))

        asked = [command, *arguments, *self._options(arguments), "--log-level", "none"]
        with patch.dict(os.environ, self._environment(), clear=True), warnings.catch_warnings():
            # Warnings of dbt's libraries are not about this project.
            warnings.simplefilter("ignore")
            result = dbtRunner(callbacks=[keep]).invoke(asked)
            reset_adapters()  # type: ignore[no-untyped-call]
        return DbtResult(
            " ".join((command, *arguments)),
            0 if result.success else 1,
            tuple(events),
            str(result.exception or ""),
            self._artifacts(),
        )
