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


# What the tests install, and parts of it.
_TESTED: Final = {
    "requirements.txt": ("build",),
    "requirements/postgres.txt": ("build", "postgres"),
    "requirements/spark.txt": ("build", "spark"),
    "requirements/semantic.txt": ("build", "semantic"),
    "requirements/clv.txt": ("build", "clv"),
    "requirements/dev.txt": ("build", "postgres", "spark", "semantic", "clv", "dev"),
}
_LOCKS: Final = {**_TESTED, "requirements/dbt-oldest.txt": ("build", "dbt-oldest")}


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


@pytest.mark.parametrize("lock", _TESTED)
def test_what_users_run_is_what_the_tests_run(lock: str) -> None:
    """Every package that users install is also installed for the tests."""
    assert pins(lock).items() <= pins("requirements/dev.txt").items()


def test_the_installer_is_locked() -> None:
    """uv, and nothing with it."""
    (asked,) = map(Requirement, _PROJECT["dependency-groups"]["install"])
    locked = pins("requirements/uv.txt")
    assert list(locked) == ["uv"]
    assert locked["uv"] in asked.specifier


def test_both_versions_of_dbt_are_locked() -> None:
    """The default and the oldest that the project admits; both without the parser of another kind.

    That one fetches a program from outside of the package index while it is built.
    """
    locks = {"requirements.txt": (1, 12), "requirements/dbt-oldest.txt": (1, 11)}
    assert {lock: pins(lock)["dbt-core"].release[:2] for lock in locks} == locks
    for lock in _LOCKS:
        text = (ROOT / lock).read_text(encoding="utf-8")
        entries = re.findall("^dbt-core-experimental-parser.*", text, re.MULTILINE)
        assert all("; sys_platform == 'never'" in entry for entry in entries), lock


@pytest.mark.parametrize("lock", [*_LOCKS, "requirements/uv.txt"])
def test_every_version_has_its_hashes(lock: str) -> None:
    """A version without a hash would be installed unverified."""
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
    assert len(entries) >= len(pins(lock))
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
