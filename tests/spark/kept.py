"""Spark that stays: one Java for loads, builds and questions, where commands have one each.

A Java that has just started compiles again what it and Spark have compiled before, which takes more
processor time than the work on small tables.
"""

import os
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from conftest import Dbt, DbtResult
from ecommerce_analytics.engines.spark import SparkEngine
from ecommerce_analytics.spark_session import DIRECTORY_VARIABLE, prepare, stop

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg


class KeptSpark(SparkEngine):
    """The engine, which gives the warehouse to nobody else until `stop`."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Where the profile finds the warehouse; dbt in this process goes on in its session."""
        prepare(self.directory)
        return {DIRECTORY_VARIABLE: str(self.directory.resolve())}

    def release(self) -> None:
        """Nothing: see `stop`."""


class DbtOnSpark(Dbt):
    """The project on a Spark that stays, with dbt in this process."""

    def __init__(self, directory: Path) -> None:
        """Work in `directory`, where Spark has its warehouse too."""
        super().__init__(directory, engine=KeptSpark(directory / "spark"))

    def start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a dbt command in a process of its own, which has the warehouse until it ends."""
        stop()
        return super().start(command, *arguments)

    def run(self, command: str, *arguments: str) -> DbtResult:
        """Run a dbt command to its end, whatever that is."""
        from dbt.adapters.factory import reset_adapters
        from dbt.cli.main import dbtRunner
        from dbt_common.events.functions import msg_to_dict

        events: list[Mapping[str, Any]] = []

        def keep(event: "EventMsg") -> None:
            if event.info.level != "debug":
                events.append(msg_to_dict(event))

        asked = [command, *arguments, *self._options(arguments), "--log-level", "none"]
        with patch.dict(os.environ, self._environment(), clear=True), warnings.catch_warnings():
            # What dbt's libraries warn of is not about this project.
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
