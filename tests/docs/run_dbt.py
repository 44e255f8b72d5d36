"""Runs dbt commands one after the other in one process, on an existing manifest.

A program for tests: dbt keeps state in its modules, which must not leak into theirs. Its argument
is the `partial_parse.msgpack` of an earlier run. Reads a JSON list of argument lists on standard
input, and writes a JSON list of [succeeded, results] on standard output, where `results` is the
number of items that the command returned.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

_QUIET: Final = ("--log-level", "none", "--log-level-file", "none", "--no-write-json")


def _count(result: Any) -> int:
    results = getattr(result, "results", result)
    return len(results) if isinstance(results, list) else int(bool(results))


def main() -> None:
    """Run the commands from standard input."""
    manifest = Manifest.from_msgpack(Path(sys.argv[1]).read_bytes())
    outcomes = []
    for arguments in json.load(sys.stdin):
        done = dbtRunner(manifest=manifest).invoke([*_QUIET, *arguments])
        outcomes.append([done.success, _count(done.result)])
    print(f"\n{json.dumps(outcomes)}")


if __name__ == "__main__":
    main()
