"""The lock files match pyproject.toml, every version with its hashes."""

import re
import tomllib
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from ecommerce_analytics.paths import ROOT

_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)", re.MULTILINE)
_PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: str) -> dict[str, Version]:
    """The versions of a lock file, by the package's normalised name."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {_normal(name): Version(version) for name, version in _PIN.findall(text)}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _asked_for(*groups: str) -> list[Requirement]:
    texts = list(_PROJECT["project"]["dependencies"])
    for group in groups:
        texts += _PROJECT["dependency-groups"][group]
    return [Requirement(text) for text in texts]


_LOCKS: Final = {
    "requirements.txt": ("build",),
    "requirements-postgres.txt": ("build", "postgres"),
    "requirements-spark.txt": ("build", "spark"),
    "requirements-semantic.txt": ("build", "semantic"),
    "requirements-clv.txt": ("build", "clv"),
    "requirements-dev.txt": ("build", "postgres", "spark", "semantic", "clv", "dev"),
}


@pytest.mark.parametrize(("lock", "groups"), _LOCKS.items())
def test_lock_is_fresh(lock: str, groups: tuple[str, ...]) -> None:
    """Each direct dependency is locked in its allowed range; else run `make lock`."""
    locked = pins(lock)
    stale = [
        str(asked)
        for asked in _asked_for(*groups)
        if _normal(asked.name) not in locked or locked[_normal(asked.name)] not in asked.specifier
    ]
    assert not stale, f"{lock} is stale, run make lock: {stale}"


@pytest.mark.parametrize("lock", _LOCKS)
def test_what_users_run_is_what_the_tests_run(lock: str) -> None:
    """Every package that users install is also installed for the tests."""
    assert pins(lock).items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("lock", _LOCKS)
def test_every_version_has_its_hashes(lock: str) -> None:
    """A version without a hash would be installed unverified."""
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
    assert len(entries) >= len(pins(lock))
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
