"""A server without a container: starts, stops, crashes, conflicts and versions."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest

from ecommerce_analytics.engines.postgres import programs
from ecommerce_analytics.engines.postgres import server as servers
from ecommerce_analytics.engines.postgres.accounts import Account, account_for
from ecommerce_analytics.engines.postgres.settings import (
    PASSWORDS,
    READER,
    SUPERUSER,
    PostgresSettings,
)
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import ROOT
from postgres.servers import TestServer, a_server, canaries, free_port, server_directory

_AS_ROOT: Final = os.geteuid() == 0


@pytest.fixture
def server() -> Iterator[TestServer]:
    """A server that is not started."""
    with a_server() as made:
        yield made


def ecom(
    server: TestServer, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `ecom postgres` with a server's settings and directory."""
    return subprocess.run(
        [Path(sys.executable).with_name("ecom"), "postgres", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            **server.settings.environment(*PASSWORDS),
            "ECOM_POSTGRES_DATA": str(server.data),
            **environment,
        },
    )


def test_a_server_runs_until_it_is_stopped(server: TestServer) -> None:
    """Start and stop can be repeated, and `status` reports the state by its exit code."""
    address = re.escape(server.settings.address)
    stopped = ecom(server, "status")
    assert (stopped.returncode, stopped.stderr) == (3, "")
    assert stopped.stdout.startswith("Not running: PostgreSQL in ")

    started = ecom(server, "start", "--throwaway")
    assert (started.returncode, started.stderr) == (0, "")
    last = started.stdout.splitlines()[-1]
    assert re.fullmatch(
        rf"PostgreSQL 18 started on {address}, database shop warehouse \(pid \d+, data in .+\)",
        last,
    )
    again = ecom(server, "start", "--throwaway")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == last.replace("started", "runs already") + "\n"

    running = ecom(server, "status")
    assert running.returncode == 0
    assert re.match(rf"PostgreSQL 18 runs on {address} \(pid \d+, data in ", running.stdout)

    assert ecom(server, "stop").stdout.startswith("Stopped: PostgreSQL in ")
    assert ecom(server, "stop").stdout.startswith("Not running: PostgreSQL in ")
    assert ecom(server, "status").returncode == 3
    for said in (started, again, running):
        assert "canary" not in said.stdout + said.stderr


def test_rows_outlive_a_stop(server: TestServer) -> None:
    """Rows survive a restart."""
    assert server.start().is_new
    server.query(SUPERUSER, "create table kept as select 1 as id")
    servers.stop(server.data)
    assert not server.start().is_new
    assert server.scalar("select id from kept") == 1


def test_the_usual_settings_keep_the_data_safe(server: TestServer) -> None:
    """The default settings keep data safe in a power cut."""
    settings = ("fsync", "synchronous_commit", "full_page_writes")
    servers.start(server.settings, server.data, init=server.init)
    assert [server.scalar(f"show {name}") for name in settings] == ["on"] * 3
    servers.stop(server.data)
    server.start()
    assert [server.scalar(f"show {name}") for name in settings] == ["off"] * 3


def test_it_listens_on_this_machine_only(postgres_server: TestServer) -> None:
    """It listens on one address with a password, and on no socket in the file system."""
    assert postgres_server.scalar("show listen_addresses") == "127.0.0.1"
    assert postgres_server.scalar("show unix_socket_directories") == ""
    methods = postgres_server.query(SUPERUSER, "select distinct auth_method from pg_hba_file_rules")
    assert methods == [("scram-sha-256",)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select string_agg(x, '' order by x) from unnest(array['b','B','é','a','Z']) x", "BZabé"),
        ("select lower('ÀÉŽ')", "àéž"),
        ("show server_encoding", "UTF8"),
        ("show jit", "off"),
        ("show timezone", "UTC"),
        ("show wal_level", "minimal"),
    ],
)
@pytest.mark.parametrize("version", [16, 18])
def test_text_and_times_are_the_same_on_each_version(
    versions: dict[int, TestServer], version: int, sql: str, expected: str
) -> None:
    """Text sorts by code point and is lowered by Unicode, as on DuckDB."""
    assert versions[version].scalar(sql, READER) == expected
    assert int(versions[version].scalar("show server_version_num")) // 10_000 == version


@pytest.fixture(scope="module")
def versions(postgres_server: TestServer) -> Iterator[dict[int, TestServer]]:
    """A server of each available version."""
    with a_server() as old:
        old.start(version=16)
        yield {16: old, 18: postgres_server}


def test_data_of_another_version_is_one_sentence(versions: dict[int, TestServer]) -> None:
    """Requesting another version than the directory's gives one sentence."""
    old = versions[16]
    with pytest.raises(EcomError, match=r"holds the data of PostgreSQL 16, expected 18; name anot"):
        old.start(version=18)
    assert old.start().server.version == 16


def test_data_of_an_unknown_version_is_one_sentence(server: TestServer) -> None:
    """Data of an unknown version gives one sentence."""
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(EcomError, match=r"holds the data of PostgreSQL 17, expected 18; name anot"):
        server.start()


def test_a_directory_of_something_else_is_left_alone(server: TestServer) -> None:
    """A directory with other content is not changed."""
    server.data.mkdir()
    (server.data / "thesis.txt").write_text("final")
    with pytest.raises(EcomError, match="is not empty and holds no PostgreSQL data; name another"):
        server.start()
    assert [path.name for path in server.data.iterdir()] == ["thesis.txt"]


def test_a_taken_port_is_one_sentence(server: TestServer) -> None:
    """The message for a taken port names its process if known, and nothing is created."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", server.settings.port))
        taken.listen()
        result = ecom(server, "start")
    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(
        rf"error: port {server.settings.port} cannot be had \(Address already in use"
        rf"( by \S+, pid {os.getpid()})?\); free it, or set ECOM_POSTGRES_PORT to another one "
        r"in \.env\n",
        result.stderr,
    )
    assert not server.data.exists()


def test_a_server_on_another_port_is_one_sentence(server: TestServer) -> None:
    """A directory's server on another port gives one sentence."""
    server.start()
    found = server.settings
    moved = PostgresSettings(found.host, found.port + 1, found.database, found.passwords)
    with pytest.raises(EcomError, match=f"runs on port {found.port} already, and ECOM_POSTGRES_PO"):
        servers.start(moved, server.data, init=server.init)


def test_a_server_elsewhere_is_not_ours_to_start(server: TestServer) -> None:
    """A server on another host cannot be started here."""
    found = server.settings
    remote = PostgresSettings("db.example.com", found.port, found.database, found.passwords)
    with pytest.raises(EcomError, match=r"^ECOM_POSTGRES_HOST is db\.example\.com, and a server"):
        servers.start(remote, server.data)
    assert not server.data.exists()


def test_a_server_needs_every_password(server: TestServer) -> None:
    """Every password is needed before anything is created."""
    found = server.settings
    passwords = {role: word for role, word in found.passwords.items() if role != READER}
    bare = PostgresSettings(found.host, found.port, found.database, passwords)
    with pytest.raises(EcomError, match=r"^ECOM_READER_PASSWORD is not set"):
        servers.start(bare, server.data)
    assert not server.data.exists()


def _crash(pid: int) -> None:
    """End a server abruptly, as in a power cut, and wait until its children notice."""
    postmaster = psutil.Process(pid)
    processes = [postmaster, *postmaster.children()]
    postmaster.kill()
    psutil.wait_procs(processes, timeout=20)


def test_a_crashed_server_starts_again(server: TestServer) -> None:
    """A crashed server starts again despite its leftover files."""
    running = server.start().server
    _crash(running.pid)
    assert (server.data / "postmaster.pid").exists()
    assert servers.status(server.data) is None
    assert not servers.stop(server.data)
    started = server.start()
    assert (started.was_running, started.is_new) == (False, False)


def test_a_number_that_someone_else_has_now_is_no_server(server: TestServer) -> None:
    """A process id reused after a restart of the machine is not a server, unlike in PostgreSQL."""
    running = server.start().server
    _crash(running.pid)
    account = account_for(server.data)
    identity = account.identity if account else {}
    with subprocess.Popen(["sleep", "60"], **identity) as other:
        pid_file = server.data / "postmaster.pid"
        pid_file.write_text(pid_file.read_text().replace(str(running.pid), str(other.pid), 1))
        assert servers.status(server.data) is None
        assert not server.start().was_running
        other.kill()


def test_another_servers_number_is_no_server(
    server: TestServer, postgres_server: TestServer
) -> None:
    """A server in another directory with the recorded process id does not count."""
    if _AS_ROOT and not os.access(f"/proc/{os.getpid()}/cwd", os.R_OK):
        pytest.skip("other accounts' processes cannot be looked at")
    running = server.start().server
    servers.stop(server.data)
    other = servers.status(postgres_server.data)
    assert other is not None
    assert other.pid != running.pid
    (server.data / "postmaster.pid").write_text(
        (postgres_server.data / "postmaster.pid").read_text()
    )
    assert servers.status(server.data) is None


def test_a_first_start_that_was_interrupted_is_done_again(server: TestServer) -> None:
    """An interrupted first start, of the directory or the database, is detected and repeated."""
    unfinished = server.data.with_name(f"{server.data.name}.unfinished")
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    assert server.start().is_new
    assert not unfinished.exists()
    server.query(SUPERUSER, 'alter database "shop warehouse" reset ecom.initialised')
    server.query(SUPERUSER, "drop owned by ecom_reader; drop role ecom_reader")
    assert server.start().was_running
    assert server.scalar("select 1", READER) == 1


def test_new_passwords_of_roles_are_taken_over(server: TestServer) -> None:
    """At the next start; the superuser's own opens the door and cannot change so."""
    server.start()
    servers.stop(server.data)
    found = server.settings
    renewed = {**found.passwords, READER: "canary-renewed"}
    settings = PostgresSettings(found.host, found.port, found.database, renewed)
    servers.start(settings, server.data, throwaway=True, init=server.init)
    settings.connect(READER).close()
    with pytest.raises(EcomError, match="ECOM_READER_PASSWORD is not its password"):
        found.connect(READER)
    servers.stop(server.data)
    locked_out = PostgresSettings(
        found.host, found.port, found.database, {**renewed, SUPERUSER: "canary-other"}
    )
    with pytest.raises(EcomError, match=r"^ECOM_POSTGRES_PASSWORD is not the password with which"):
        servers.start(locked_out, server.data, throwaway=True, init=server.init)
    assert servers.status(server.data) is None


def test_a_server_that_does_not_start_says_why(server: TestServer) -> None:
    """The message has the last lines of the server's log."""
    with (server.init / "postgresql.conf").open("a", encoding="utf-8") as config:
        config.write("shared_buffers = lots\n")
    with pytest.raises(EcomError, match=r"^PostgreSQL did not start: .*; see .*server\.log$"):
        server.start()
    assert servers.status(server.data) is None


def test_without_the_package_it_says_what_to_run(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the optional package the message says how to install it."""
    monkeypatch.setattr(programs, "find_spec", lambda _: None)
    with pytest.raises(EcomError, match=r"is not installed; run `make setup-postgres`$"):
        server.start()
    assert not server.data.exists()


def test_no_password_is_in_the_servers_environment(server: TestServer) -> None:
    """The server's environment, readable for its account, has no password."""
    assert ecom(server, "start", "--throwaway").returncode == 0
    running = servers.status(server.data)
    assert running is not None
    environ = Path(f"/proc/{running.pid}/environ")
    if not environ.exists():
        pytest.skip("this system has no /proc")
    assert b"LC_ALL=C" in environ.read_bytes()
    assert b"canary" not in environ.read_bytes()


@pytest.mark.skipif(not _AS_ROOT, reason="only root runs the server as someone else")
def test_root_runs_it_as_someone_else() -> None:
    """A directory that the account cannot enter is named, with a remedy."""
    with server_directory() as directory:
        account = account_for(directory / "data")
        assert account is not None
        assert account.uid != 0
        closed = directory / "closed"
        closed.mkdir(mode=0o700)
        settings = PostgresSettings("127.0.0.1", free_port(), "ecommerce", canaries())
        with pytest.raises(EcomError, match=rf"may not enter {closed}; name a directory elsewh"):
            servers.start(settings, closed / "data")
        assert list(closed.iterdir()) == [closed / "data.lock"]


@pytest.mark.skipif(not _AS_ROOT, reason="only root runs the server as someone else")
def test_programs_that_cannot_be_reached_are_copied(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout below /root, the programs are copied once, beside the data."""
    closed = server.data.with_name("closed")
    package = programs.package()
    for name in (f"{package.name}/pginstall18", f"{package.name}.libs"):
        shutil.copytree(package.parent / name, closed / name)
    closed.chmod(0o700)
    monkeypatch.setattr(programs, "package", lambda: closed / package.name)
    assert server.start().is_new
    servers.stop(server.data)
    (copy,) = server.data.parent.glob("data.programs-*")
    made = copy.stat().st_mtime_ns
    server.start()
    assert copy.stat().st_mtime_ns == made
    assert server.scalar("select 1", READER) == 1


@pytest.mark.parametrize(
    ("mode", "its_group", "passes"),
    [(0o701, False, True), (0o710, False, False), (0o710, True, True), (0o701, True, False)],
)
def test_an_account_passes_where_its_bits_let_it(mode: int, its_group: bool, passes: bool) -> None:
    """The account enters by the group's bits if it is a member, else by the others' bits."""
    with server_directory() as directory:
        inner = directory / "inner" / "data"
        inner.mkdir(parents=True)
        found = inner.parent.stat()
        account = Account("someone", found.st_uid + 1, found.st_gid + (not its_group))
        inner.parent.chmod(mode)
        directory.chmod(0o755)
        assert account.blocked_by(inner) == (None if passes else inner.parent)


def test_every_command_has_help_with_an_example() -> None:
    """Every command's help has an example."""
    from click.testing import CliRunner

    from ecommerce_analytics import cli

    for name in cli.postgres.commands:
        shown = CliRunner().invoke(cli.cli, ["postgres", name, "--help"]).output
        assert f"ecom postgres {name}" in shown.split("Options:")[0].partition("\n")[2]


def test_the_default_directory_is_ignored_by_git() -> None:
    """Git ignores the default directory with its rows and passwords."""
    assert "data/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
