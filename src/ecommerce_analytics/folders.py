"""Folders that are replaced as a whole."""

from pathlib import Path


def replace_folder(new: Path, target: Path, old: Path) -> None:
    """Put a complete folder in the place of another, which stays if this fails.

    Args:
        new: The complete folder, on the target's file system.
        target: The folder to replace; it may be missing.
        old: Where the replaced folder goes; for the caller to remove.

    Raises:
        OSError: A folder cannot be renamed; `target` is as it was.
    """
    if not target.exists():
        new.rename(target)
        return
    target.rename(old)
    try:
        new.rename(target)
    except OSError:
        old.rename(target)
        raise
