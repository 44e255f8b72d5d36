"""Who holds a DuckDB file, in the words of DuckDB's own refusal to open it."""

import re
from typing import Final

_HOLDER: Final = re.compile(r"lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")


def holder(message: str) -> str | None:
    """The process that DuckDB's message names, as `program, pid N`; null where it names none."""
    found = _HOLDER.search(message)
    return f"{found['program']}, pid {found['pid']}" if found else None
