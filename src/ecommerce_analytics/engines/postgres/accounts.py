"""The account that runs the server: PostgreSQL does not run as root, so root uses another one."""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from ecommerce_analytics.errors import EcomError

# The account that PostgreSQL's own packages create, if it exists.
_USUAL: Final = "postgres"
_OURS: Final = "pgserver"


class Identity(TypedDict, total=False):
    """The `subprocess` arguments to run a program as an account."""

    user: int
    group: int


@dataclass(frozen=True)
class Account:
    """An account of this machine."""

    name: str
    uid: int
    gid: int

    @property
    def identity(self) -> Identity:
        """The account as keywords of `subprocess.run`."""
        return {"user": self.uid, "group": self.gid}

    def own(self, path: Path) -> None:
        """Make the account the owner of a file or an empty directory."""
        os.chown(path, self.uid, self.gid)

    def blocked_by(self, path: Path) -> Path | None:
        """What blocks the account from `path`: the outermost directory that it cannot enter.

        For a program, this is the program itself if the account cannot run it.
        """
        whole = path.resolve()
        for part in (*reversed(whole.parents), *([whole] if whole.is_file() else [])):
            if part.exists() and not self._may_pass(part.stat()):
                return part
        return None

    def _may_pass(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def account_for(data: Path) -> Account | None:
    """The account to run the server of a data directory; None for the current one.

    An existing data directory keeps its owner. For a new one, root uses the machine's account
    `postgres`, else `pgserver`, which is created if missing.

    Raises:
        EcomError: The current user is root, and no account can be created.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return _account(pwd.getpwuid(owner))
    for name in (_USUAL, _OURS):
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    return _make()


def _make() -> Account:
    try:
        subprocess.run(  # noqa: S603 (a literal command)
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _OURS],  # noqa: S607 (its folder differs)
            check=True,
            capture_output=True,
        )
        return _account(pwd.getpwnam(_OURS))
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise EcomError(
            f"PostgreSQL does not run as root, and the account {_OURS} cannot be made; make it, or "
            "run this as another user"
        ) from error


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
