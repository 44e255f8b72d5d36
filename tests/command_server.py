"""A process that has run dbt once, and forks itself for each command that it is asked for.

A program for tests. Its arguments are the path of a socket and the options of `dbt parse`. When it
has parsed the project it says `ready`, and lives as long as the process that started it. Each
connection to the socket is a fork: it reads a JSON line with the command's `arguments`, `directory`
and `environment`, and the files for its `stdout` and `stderr`; it answers with a line of its
process id, and with another of the exit code when it is done.
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

# At its end a process waits for its Spark, if it has one.
from ecommerce_analytics import spark_session  # noqa: F401

_PARENT = os.getppid()


def compile_macros(manifest: Manifest) -> None:
    """Have dbt compile the templates of all macros, which it does once in a process."""
    for macro in manifest.macros.values():
        MacroGenerator(macro).get_template()


class _Command(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asked = json.loads(self.rfile.readline())
        self._answer(os.getpid())
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT), descriptor)
        os.chdir(asked["directory"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        code = _run(asked["arguments"])
        # As at the end of any process, which a fork's is not: DuckDB closes its file, for one.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        self._answer(code)

    def _answer(self, number: int) -> None:
        self.wfile.write(f"{number}\n".encode())


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != _PARENT:
            sys.exit()


def _run(arguments: Sequence[str]) -> int:
    """The exit code of a dbt command."""
    sys.argv = ["dbt", *arguments]
    try:
        cli(arguments, prog_name="dbt")
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _begin(arguments: Sequence[str]) -> None:
    """Make what dbt makes once in a process, whatever it is asked for."""
    # What parses anew starts threads, which no fork has: a fork that parses would wait for them.
    if not (first := os.fork()):
        dbtRunner().invoke(["parse", *arguments])
        os._exit(0)
    os.waitpid(first, 0)
    parsed = dbtRunner().invoke(["parse", *arguments]).result
    if isinstance(parsed, Manifest):
        compile_macros(parsed)


if __name__ == "__main__":
    # Short lives need no collector, which would copy the parent's pages to look at them.
    gc.disable()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _, place, *first = sys.argv
    contextvars.Context().run(_begin, first)
    with _Server(place, _Command) as server:
        print("ready", flush=True)
        server.serve_forever()
