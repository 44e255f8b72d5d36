"""Progress output of long runs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

# Runs with fewer chunks are too short for a progress bar.
_LONG: Final = 12


class Progress(Protocol):
    """Called after each finished chunk with the chunks done and their number."""

    def __call__(self, done: int, total: int) -> None:
        """Report that `done` of `total` chunks are finished."""


def _silent(done: int, total: int) -> None:
    del done, total


@contextmanager
def shown(
    progress: Progress | None,
    chunks: int,
    title: str = "Generating the shop, in chunks",
    long: int = _LONG,
) -> Iterator[Progress]:
    """The given progress, else a bar on a terminal's stderr if the run is long, else nothing."""
    if progress is not None:
        yield progress
    elif chunks < long or not sys.stderr.isatty():
        yield _silent
    else:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=chunks)

            def advance(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            yield advance
