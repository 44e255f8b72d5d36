"""dbt's command, in forks of a process that has imported it: most commands last less than that.

dbt keeps state in its modules that would leak from one command to the next, so each has a process.
"""

import gc
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SERVER: Final = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.duckdb"])
# What a command writes, by file descriptor.
_OUTPUTS: Final = {1: "stdout", 2: "stderr"}
_EXIT_CODE: Final = "exit_code"


@dataclass(frozen=True)
class Finished:
    """A command that has ended: its exit code, and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str


def run_dbt(
    arguments: Sequence[str], directory: Path, environment: Mapping[str, str], seconds: float
) -> Finished:
    """Run dbt's command in a directory, with this environment and no other.

    Raises:
        TimeoutError: It took longer than so many seconds, and was killed.
    """
    with tempfile.TemporaryDirectory(prefix="dbt-") as place:
        kept = Path(place)
        process = _SERVER.Process(
            target=_command, args=(list(arguments), str(directory), dict(environment), kept)
        )
        process.start()
        process.join(seconds)
        if process.is_alive():
            process.kill()
            raise TimeoutError(f"dbt {' '.join(arguments)} took more than {seconds} s")
        # Threads that start processes at once may take each other's exit codes: a file is safe.
        code = kept / _EXIT_CODE
        return Finished(
            int(code.read_text()) if code.exists() else -1,
            *((kept / name).read_text(encoding="utf-8") for name in _OUTPUTS.values()),
        )


def _command(arguments: list[str], directory: str, environment: dict[str, str], kept: Path) -> None:
    # A short life needs no collector.
    gc.disable()
    for descriptor, name in _OUTPUTS.items():
        os.dup2(os.open(kept / name, os.O_CREAT | os.O_WRONLY), descriptor)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    from dbt.cli.main import cli

    code: int | str | None = 1
    try:
        cli(arguments, prog_name="dbt")
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    (kept / _EXIT_CODE).write_text(str(code or 0))
