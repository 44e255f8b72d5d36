"""Server problems: one sentence, a non-zero exit code, and the next run recovers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import psycopg2.errors
import pytest

from conftest import NO_TESTS, Artifact, Dbt
from ecommerce_analytics.engines.postgres import server as servers
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.postgres.settings import (
    LOADER,
    PASSWORDS,
    READER,
    SUPERUSER,
    TRANSFORMER,
)
from parses import hand_on, remember
from postgres.servers import TestServer, a_server, free_port

_SECONDS: Final = 120
# Tests whose result does not depend on the data.
_NO_UNIT_TESTS: Final = ("--exclude-resource-type", "unit_test")
_MARTS: Final = ("fact_orders", "fact_order_items", "customer_analytics", "orders_daily")


@pytest.fixture(scope="module")
def server(small_shop_dir: Path) -> Iterator[TestServer]:
    """A server with a small shop, loaded and built."""
    with a_server() as made:
        made.start()
        loaded = ecom(made, "load", "--from", str(small_shop_dir))
        assert loaded.returncode == 0, loaded.stderr
        built = ecom(made, "build", "--full-refresh", *NO_TESTS)
        assert built.returncode == 0, built.stderr
        remember(PostgresEngine(made.settings), _target())
        yield made


def environment(server: TestServer, **changes: str) -> Mapping[str, str]:
    """This process's environment without a developer's variables, with the server's settings."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    settings = server.settings.environment(*PASSWORDS)
    target = {"DBT_TARGET": "postgres", "DBT_TARGET_PATH": str(_target())}
    return {**ours, **target, **settings, **changes}


def _target() -> Path:
    return Path(os.environ["DBT_TARGET_PATH"])


def ecom(server: TestServer, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the server, with changed settings."""
    hand_on(PostgresEngine(server.settings), _target())
    return subprocess.run(
        [Path(sys.executable).with_name("ecom"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(server, **changes),
        timeout=_SECONDS,
    )


def sentence(finished: subprocess.CompletedProcess[str]) -> str:
    """The single line of an error, without the progress bar's lines."""
    assert finished.returncode == 1, finished.stdout
    lines = [line for line in finished.stderr.splitlines() if not line.startswith("dbt build")]
    assert len(lines) == 1, finished.stderr
    assert lines[0].startswith("error: ")
    return lines[0].removeprefix("error: ")


def counts(server: TestServer) -> Mapping[str, int]:
    """The number of rows of some marts, and of their keys."""
    return {mart: server.scalar(f"select count(*) from marts.{mart}") for mart in _MARTS}  # noqa: S608


_COMMANDS: Final = (("load",), ("build",), ("summary",), ("parity", "postgres", "duckdb"))


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda command: command[0])
def test_no_server(server: TestServer, small_shop_dir: Path, command: tuple[str, ...]) -> None:
    """Without a server the message has the address and how to start one."""
    port = str(free_port())
    source = ("--from", str(small_shop_dir)) if command == ("load",) else ()
    said = sentence(ecom(server, *command, *source, ECOM_POSTGRES_PORT=port))
    assert said == (
        f"no PostgreSQL server answers on 127.0.0.1:{port}; start one with `make postgres`, "
        "or set ECOM_POSTGRES_HOST and ECOM_POSTGRES_PORT"
    )


@pytest.mark.parametrize(("command", "role"), [("load", LOADER), ("build", TRANSFORMER)])
def test_wrong_password(server: TestServer, small_shop_dir: Path, command: str, role: str) -> None:
    """The message names the role of a wrong password, without the password."""
    source = ("--from", str(small_shop_dir)) if command == "load" else ()
    finished = ecom(server, command, *source, **{PASSWORDS[role]: "wrong-canary"})
    said = sentence(finished)
    assert f"does not let {role} in: {PASSWORDS[role]} is not its password" in said
    assert "canary" not in finished.stdout + finished.stderr


def test_no_such_database(server: TestServer) -> None:
    """The message names the missing database."""
    said = sentence(ecom(server, "build", ECOM_POSTGRES_DB="nowhere"))
    assert "has no database nowhere" in said


def test_a_server_without_the_schema(small_shop_dir: Path) -> None:
    """A missing schema gives a helpful message for the loader; a build needs a load first."""
    with a_server() as bare:
        bare.start()
        said = sentence(ecom(bare, "build"))
        assert "has no raw tables yet; load a shop first: ecom load" in said
        bare.query(SUPERUSER, "drop schema raw_data cascade")
        said = sentence(ecom(bare, "load", "--from", str(small_shop_dir)))
        assert "is not set up for ecom_loader" in said
        assert "run docker/postgres/init-db.sql" in said


def test_the_server_stops_in_mid_build(server: TestServer) -> None:
    """A stopped server gives one sentence, and the next build completes normally."""
    before = counts(server)
    build = subprocess.Popen(
        [Path(sys.executable).with_name("ecom"), "build", "--full-refresh"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(server),
    )
    _wait_for_models(server)
    postmaster = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGQUIT)
    output, errors = build.communicate(timeout=_SECONDS)
    said = sentence(subprocess.CompletedProcess([], build.returncode, output, errors))
    assert "stopped while it was in use" in said or "no PostgreSQL server answers" in said
    servers.stop(server.data)
    server.start()
    again = ecom(server, "build", *_NO_UNIT_TESTS)
    assert again.returncode == 0, again.stderr
    assert counts(server) == before


def test_a_second_build_waits_for_its_turn(server: TestServer, small_shop_dir: Path) -> None:
    """`ecom build` and `ecom load` stop while another build runs."""
    with PostgresEngine(server.settings).building():
        for command in (("build",), ("load", "--from", str(small_shop_dir))):
            said = sentence(ecom(server, *command))
            assert said.startswith("another load or build runs on PostgreSQL on ")
            assert f", role {TRANSFORMER}); let it finish, then try again" in said


def test_a_reader_cannot_keep_builds_away(server: TestServer) -> None:
    """The lock needs a right that readers lack, unlike an advisory lock."""
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        server.query(READER, "lock table audit.work_lock in access share mode")
    server.query(READER, "select pg_advisory_lock(hashtext('ecom build'))")
    with PostgresEngine(server.settings).building():
        pass


def test_a_build_by_dbt_stops_where_a_load_runs(server: TestServer, tmp_path: Path) -> None:
    """A build stops during a load, because it would read two states of the shop."""
    dbt = Dbt(tmp_path, engine=PostgresEngine(server.settings))
    with closing(server.settings.connect(LOADER)) as load, load.cursor() as cursor:
        cursor.execute("lock table audit.work_lock in exclusive mode")
        stopped = dbt.run("run", "--select", "dim_date")
        pid = load.info.backend_pid
    assert stopped.exit_code != 0
    assert f"a load runs on this warehouse (pid {pid}); let it finish" in str(stopped.events)


def test_two_builds_at_once_leave_no_duplicates(server: TestServer, tmp_path: Path) -> None:
    """Two plain dbt builds at once create no duplicates, because keys are enforced.

    Every primary key is tested unique in the last build.
    """
    before = counts(server)
    engine = PostgresEngine(server.settings)
    runs = [Dbt(tmp_path / name, engine=engine) for name in ("first", "second")]
    for run in runs:
        run.target.mkdir(parents=True)
    builds = [run.start("build", *NO_TESTS) for run in runs]
    for build in builds:
        build.communicate(timeout=_SECONDS)
    last = runs[0].succeed("build", *_NO_UNIT_TESTS)
    assert not last.warnings
    assert counts(server) == before


def test_passwords_are_nowhere(server: TestServer, tmp_path: Path) -> None:
    """Passwords are in no output, debug log or file."""
    dbt = Dbt(tmp_path, engine=PostgresEngine(server.settings))
    talkative = ("--log-level", "debug", "--log-level-file", "debug")
    built = dbt.run("build", *talkative, "--select", "dim_date")
    assert built.exit_code == 0
    docs = dbt.run("docs", "generate", *talkative)
    wrong = dbt.run("build", *talkative, "--vars", "{as_of_date: nonsense}")
    assert wrong.exit_code != 0
    said = "".join(str(run.events) + run.output for run in (built, docs, wrong))
    left = "".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in tmp_path.rglob("*")
        if path.is_file()
    )
    assert (dbt.logs / "dbt.log").exists()
    passwords = server.settings.environment(*PASSWORDS).values()
    canaries = [password for password in passwords if "canary" in password]
    assert len(canaries) == len(PASSWORDS)
    for canary in canaries:
        assert canary not in said
        assert canary not in left


def test_the_reader_reads_the_marts_and_nothing_else(
    server: TestServer, manifest: Artifact
) -> None:
    """The reader can read every mart; no other relation of dbt, and no raw table."""
    refused = []
    for node in manifest["nodes"].values():
        if node["resource_type"] not in {"model", "seed", "snapshot"}:
            continue
        if node["config"]["materialized"] == "ephemeral":
            continue
        name = f"{node['schema']}.{node['alias']}"
        may = server.scalar(
            f"select has_schema_privilege('{READER}', '{node['schema']}', 'usage') "
            f"and has_table_privilege('{READER}', '{name}', 'select')"
        )
        if may != (node["schema"] == "marts"):
            refused.append(name)
        if node["schema"] == "marts":
            server.query(READER, f"select * from {name} limit 1")  # noqa: S608
    assert not refused
    for source in manifest["sources"].values():
        assert not server.scalar(
            f"select has_schema_privilege('{READER}', '{source['schema']}', 'usage')"
        )


def test_no_mart_holds_an_address_or_a_name(server: TestServer) -> None:
    """No mart contains a value of a column that the contract tags as personal."""
    columns = server.query(
        SUPERUSER,
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'marts' and data_type = 'text'",
    )
    assert columns
    personal = (
        "select email from raw_data.customers union select lower(email) from raw_data.customers "
        "union select email from raw_data.orders union select customer_name from raw_data.customers"
    )
    for table, column in columns:
        found = server.scalar(
            f"select count(*) from marts.{table} "  # noqa: S608
            f"where {column} in (select email from ({personal}) as personal)"
        )
        assert not found, f"marts.{table}.{column}"


def _wait_for_models(server: TestServer) -> None:
    """Wait until the build changes tables."""
    _wait_until(
        server,
        "select count(*) from pg_stat_activity where usename = 'ecom_transformer' "
        "and query ~* 'create +table'",
    )


def _wait_until(server: TestServer, query: str) -> None:
    """Wait until a query returns a count above zero."""
    deadline = time.monotonic() + _SECONDS
    while not server.scalar(query):
        assert time.monotonic() < deadline, f"this stays zero: {query}"
        time.sleep(0.02)
