"""PostgreSQL servers for tests, each in its own directory on a free port."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ecommerce_analytics.engines.postgres import programs, server
from ecommerce_analytics.engines.postgres.mock_data import write_mock_data
from ecommerce_analytics.engines.postgres.settings import PASSWORDS, SUPERUSER, PostgresSettings
from ecommerce_analytics.paths import POSTGRES_INIT


@dataclass(frozen=True)
class TestServer:
    """A server: its settings, its directory, and its init folder."""

    __test__ = False

    settings: PostgresSettings
    data: Path
    init: Path

    def start(self, *, version: int | None = None) -> server.Start:
        """Start it, without protection against power cuts."""
        return server.start(
            self.settings, self.data, version=version, throwaway=True, init=self.init
        )

    def query(self, role: str, sql: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        """A statement's rows for a role, in its own transaction; empty without rows."""
        with (
            closing(self.settings.connect(role)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def scalar(self, sql: str, role: str = SUPERUSER) -> Any:
        """The single value of a statement."""
        ((value,),) = self.query(role, sql)
        return value


def canaries() -> dict[str, str]:
    """A password for each role that no output may contain."""
    return {role: f"canary-of-{role}" for role in PASSWORDS}


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server_directory() -> Iterator[Path]:
    """A directory that the server's account can enter, unlike pytest's own when run as root.

    The account can read new files too, also after a test in which `ecom` made new files private.
    """
    before = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory(prefix="ecom-postgres-") as name:
            Path(name).chmod(0o711)
            yield Path(name)
    finally:
        os.umask(before)


@contextmanager
def a_server(shop: Path | None = None) -> Iterator[TestServer]:
    """A server that is not started, with or without mock data; stopped at the end."""
    with server_directory() as directory:
        init = directory / "init"
        init.mkdir()
        for name in ("init-db.sql", "postgresql.conf"):
            shutil.copy(POSTGRES_INIT / name, init)
        if shop:
            write_mock_data(shop, init / "mock-data")
        settings = PostgresSettings("127.0.0.1", free_port(), "shop warehouse", canaries())
        made = TestServer(settings, directory / "data", init)
        try:
            yield made
        finally:
            server.stop(made.data)


@contextmanager
def in_a_language() -> Iterator[None]:
    """Servers created inside sort text in English, not by bytes.

    The programs have no such locale, so one is compiled for them.
    """
    with server_directory() as locales:
        subprocess.run(
            ["localedef", "-i", "en_US", "-f", "UTF-8", locales / "en_US.UTF-8"], check=True
        )
        run_program = programs.run_program

        def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
            environment = {**options.pop("environment"), "LOCPATH": str(locales)}
            return run_program(command, environment=environment, **options)

        english = dict.fromkeys(server._LOCALE, ("--locale=en_US.UTF-8",))
        with (
            patch.object(programs, "run_program", run),
            patch.object(server, "_LOCALE", english),
        ):
            yield
