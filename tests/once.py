"""Shared test inputs, created once per run by the first process that needs them."""

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """The result of `make` for a directory of this name, shared by all processes of the run."""
    base = factory.getbasetemp()
    # Each process of pytest-xdist has its own directory inside the run's.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    directory = shared / name
    directory.mkdir(exist_ok=True)
    kept = directory / "made.pickle"
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            made = make(directory)
            kept.write_bytes(pickle.dumps(made))
        found: Made = pickle.loads(kept.read_bytes())  # noqa: S301 (written above)
    return found
