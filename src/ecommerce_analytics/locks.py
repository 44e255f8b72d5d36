"""Who holds a warehouse: the DuckDB file's lock, read from DuckDB's message, and one for Spark."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ecommerce_analytics.errors import EcomError

_HOLDER: Final = re.compile(r"lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
# The locks of this process: a load inside another one has its lock already.
_held: Final[set[Path]] = set()


def holder(message: str) -> str | None:
    """The process in DuckDB's message, as `program, pid N`; null if it names none."""
    found = _HOLDER.search(message)
    return f"{found['program']}, pid {found['pid']}" if found else None


@contextmanager
def alone(path: Path, place: str) -> Iterator[None]:
    """Lock a warehouse through a file, which the system unlocks when this process ends.

    Args:
        path: The file, created if missing; other users cannot open it.
        place: The warehouse's name in a message.

    Raises:
        EcomError: Another process holds it, or the file cannot be opened.
    """
    if path in _held:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise EcomError(f"cannot open {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            who = os.read(descriptor, 20).decode(errors="replace")
            raise EcomError(
                f"another load or build runs on {place} (pid {who}); let it finish, then try again"
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        _held.add(path)
        yield
    finally:
        _held.discard(path)
        os.close(descriptor)
