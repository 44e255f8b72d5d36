"""Runs dbt commands one after the other in one process, the project parsed once.

A program for tests: dbt keeps state in its modules, which must not leak into theirs. Reads a JSON
list of argument lists on standard input, and writes a JSON list of [succeeded, results] on standard
output, where `results` is the number of things that the command returned.
"""

import json
import sys
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest


def _count(result: Any) -> int:
    results = getattr(result, "results", result)
    return len(results) if isinstance(results, list) else int(bool(results))


def main() -> None:
    """Run what standard input asks for."""
    parsed = dbtRunner().invoke(["--quiet", "parse"])
    if not isinstance(parsed.result, Manifest):
        sys.exit(str(parsed.exception))
    outcomes = []
    for arguments in json.load(sys.stdin):
        done = dbtRunner(manifest=parsed.result).invoke(["--log-level", "none", *arguments])
        outcomes.append([done.success, _count(done.result)])
    print(f"\n{json.dumps(outcomes)}")


if __name__ == "__main__":
    main()
