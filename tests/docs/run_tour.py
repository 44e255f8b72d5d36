"""Runs dbt commands as a reader would paste them, and captures their output.

A program for tests, run in a project's folder. Its argument is the `partial_parse.msgpack` of an
earlier run. Reads a JSON list of argument lists on standard input; the last line of its output is a
JSON list of [succeeded, printed].
"""

import contextlib
import io
import json
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest


def main() -> None:
    """Run the commands from standard input."""
    manifest = Manifest.from_msgpack(Path(sys.argv[1]).read_bytes())
    # Macros may inspect the project, and a manifest loaded from disk lacks the view for them.
    manifest.build_flat_graph()
    outcomes = []
    for arguments in json.load(sys.stdin):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            done = dbtRunner(manifest=manifest).invoke(
                ["--no-write-json", "--no-use-colors", *arguments]
            )
        outcomes.append([done.success, printed.getvalue()])
    print(f"\n{json.dumps(outcomes)}")


if __name__ == "__main__":
    main()
