"""dbt's command, in forks of a process that has parsed once, because starting takes longest.

dbt keeps state in its modules that would leak from one command to the next, so each command has its
own process. All start from the same state: a parsed project, and nothing else.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SERVER: Final = Path(__file__).with_name("command_server.py")


@dataclass(frozen=True)
class Finished:
    """A finished command: its exit code and its output."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Commands:
    """The process that is forked for each command, identified by its socket."""

    socket: Path

    def run(
        self,
        arguments: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        seconds: float,
        *,
        is_parsed: bool = False,
    ) -> Finished:
        """Run dbt's command in a directory, with exactly this environment.

        Args:
            arguments: The command and its options.
            directory: Where it runs.
            environment: The complete environment.
            seconds: The time limit.
            is_parsed: Whether it uses the parsed project and can skip reading the files.

        Raises:
            TimeoutError: It exceeded the time limit and was killed.
        """
        with tempfile.TemporaryDirectory(prefix="dbt-") as place:
            stdout, stderr = Path(place, "stdout"), Path(place, "stderr")
            asked = {
                "arguments": arguments,
                "directory": str(directory),
                "environment": dict(environment),
                "stdout": str(stdout),
                "stderr": str(stderr),
                "is_parsed": is_parsed,
            }
            code = self._ask(json.dumps(asked), seconds)
            return Finished(code, *(p.read_text(encoding="utf-8") for p in (stdout, stderr)))

    def _ask(self, asked: str, seconds: float) -> int:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
            connection.settimeout(seconds)
            with connection.makefile("rw", encoding="utf-8") as lines:
                lines.write(f"{asked}\n")
                lines.flush()
                process = int(lines.readline())
                try:
                    code = lines.readline()
                except TimeoutError:
                    os.kill(process, signal.SIGKILL)
                    raise
        # A killed process sends no answer.
        return int(code or -signal.SIGKILL)


@contextmanager
def commands(
    options: Sequence[str], directory: Path, environment: Mapping[str, str]
) -> Iterator[Commands]:
    """A process that has parsed the project with the given options and runs commands."""
    with tempfile.TemporaryDirectory(prefix="dbt-") as place:
        path = Path(place, "socket")
        with subprocess.Popen(
            [sys.executable, "-P", _SERVER, path, *options],
            cwd=directory,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stdout
            while (said := server.stdout.readline()) != "ready\n":
                assert said, "dbt cannot be imported"
            yield Commands(path)
            server.terminate()
