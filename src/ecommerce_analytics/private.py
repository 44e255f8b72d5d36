"""Keeps files with personal data or passwords private, and removes those of killed commands."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ecommerce_analytics.paths import DATA

_OWN: Final = 0o077
_PASSABLE: Final = 0o066
_PREFIX: Final = ".ecom-"
# The process's original umask.
_usual: Final[list[int]] = []


def close_to_others() -> None:
    """Make new files, and those in `data/`, unreadable for other accounts.

    Root lets other accounts pass through `data/`, because PostgreSQL's server runs as one of them.
    """
    _usual.append(os.umask(_OWN))
    with suppress(OSError):
        found = DATA.stat()
        closed = _PASSABLE if os.geteuid() == 0 else _OWN
        if found.st_uid == os.geteuid() and found.st_mode & closed:
            DATA.chmod(found.st_mode & 0o777 & ~closed)


@contextmanager
def readable() -> Iterator[None]:
    """Write files with normal permissions, for pages without personal data."""
    before = os.umask(_usual[0]) if _usual else None
    try:
        yield
    finally:
        if before is not None:
            os.umask(before)


@contextmanager
def scratch(directory: Path | None = None) -> Iterator[Path]:
    """A temporary directory that only the current user can enter.

    Its name contains the process id. A directory left by a killed process is removed before the
    next one is created in the same place.

    Args:
        directory: The parent directory; by default the system's place for temporary files.
    """
    place = directory or Path(tempfile.gettempdir())
    clear_leftovers(place)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=place) as name:
        yield Path(name)


def clear_leftovers(directory: Path | None = None) -> None:
    """Remove the leftovers of killed `ecom` processes in a directory."""
    place = directory or Path(tempfile.gettempdir())
    for left in place.glob(f"{_PREFIX}[0-9]*-*"):
        pid = int(left.name.removeprefix(_PREFIX).partition("-")[0])
        with suppress(OSError):
            if left.lstat().st_uid == os.geteuid() and not _runs(pid):
                shutil.rmtree(left)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
