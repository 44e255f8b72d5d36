"""A process that has run dbt once, and forks itself for each command.

A program for tests. Its arguments are the path of a socket and the options of `dbt parse`. After
parsing the project it prints `ready`, and runs as long as its parent process. Each connection to
the socket is a fork: it reads a JSON line with the command's `arguments`, `directory` and
`environment`, the files for its `stdout` and `stderr`, and whether its project `is_parsed`; it
writes a line with its process id, and at the end another with the exit code.
"""

import atexit
import contextvars
import gc
import json
import os
import signal
import socketserver
import sys
import traceback
from collections.abc import Sequence

from dbt.adapters import duckdb, postgres  # noqa: F401 (the forks need not)
from dbt.cli.main import cli, dbtRunner
from dbt.clients.jinja import MacroGenerator
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg
from dbt_common.events.functions import msg_to_dict

# At its end a process waits for its Spark, if it has one.

_PARENT = os.getppid()
# The exit codes of dbt's own command: the command failed, or dbt could not run it.
_FAILED, _BROKEN = 1, 2


def compile_macros(manifest: Manifest) -> None:
    """Let dbt compile the templates of all macros, which it does once per process."""
    for macro in manifest.macros.values():
        MacroGenerator(macro).get_template()


class _Command(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asked = json.loads(self.rfile.readline())
        self._answer(os.getpid())
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT), descriptor)
        os.chdir(asked["directory"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        code = _run(asked["arguments"], self.server.parsed if asked["is_parsed"] else None)
        # Run the exit handlers, which a fork skips: DuckDB closes its file, for one.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        self._answer(code)

    def _answer(self, number: int) -> None:
        self.wfile.write(f"{number}\n".encode())


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    def __init__(self, place: str, parsed: Manifest | None) -> None:
        super().__init__(place, _Command)
        self.parsed = parsed

    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != _PARENT:
            sys.exit()


def _run(arguments: Sequence[str], parsed: Manifest | None) -> int:
    """The exit code of a dbt command."""
    sys.argv = ["dbt", *arguments]
    if "--log-level" in arguments:
        return _run_as_is(arguments)
    runner = dbtRunner(manifest=parsed, callbacks=[_tell])
    result = runner.invoke([*arguments, "--log-level", "none"])
    if result.exception:
        print(result.exception, file=sys.stderr)
        return _BROKEN
    return 0 if result.success else _FAILED


def _tell(event: EventMsg) -> None:
    if event.info.level != "debug":
        print(json.dumps(msg_to_dict(event)))


def _run_as_is(arguments: Sequence[str]) -> int:
    try:
        cli(arguments, prog_name="dbt")
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        return _FAILED
    return 0


def _begin(arguments: Sequence[str]) -> Manifest | None:
    """Do dbt's work that is the same for every command; returns the project."""
    # A partial parse starts threads, which a fork does not have: a fork that parses would hang.
    if not (first := os.fork()):
        dbtRunner().invoke(["parse", *arguments])
        os._exit(0)
    os.waitpid(first, 0)
    parsed = dbtRunner().invoke(["parse", *arguments]).result
    if not isinstance(parsed, Manifest):
        return None
    compile_macros(parsed)
    return parsed


if __name__ == "__main__":
    # Short processes need no garbage collector, which would copy the parent's memory pages.
    gc.disable()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _, place, *first = sys.argv
    with _Server(place, contextvars.Context().run(_begin, first)) as server:
        print("ready", flush=True)
        server.serve_forever()
