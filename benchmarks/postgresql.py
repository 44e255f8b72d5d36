"""The same project on a PostgreSQL server: a load, a full build, a day."""

import secrets
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from ecommerce_analytics.engines.postgres import server
from ecommerce_analytics.engines.postgres.settings import PASSWORDS, SUPERUSER, PostgresSettings
from ecommerce_analytics.paths import POSTGRES_INIT
from measure import Cost
from results import Record
from tables import CPU, MEMORY, ORDERS, WALL, table
from workspace import Workspace

SECTION: Final = "postgres"
_STEPS: Final = {"load": "load", "build": "full build", "day": "a day"}


def measure(workspace: Workspace, runs: int) -> Record:
    """Load, build and simulate a day on a temporary server; several times."""
    shop = workspace.shop
    costs = []
    size = 0
    with _server(workspace.folder) as (settings, data):
        environment = {**settings.environment(*PASSWORDS), "DBT_TARGET": "postgres"}

        def timed(*arguments: str) -> dict[str, Cost]:
            before = _server_seconds(data)
            cost = workspace.ecom(*arguments, environment=environment)
            step = arguments[0]
            return {step: cost, f"{step}_server": Cost(cost.wall, _server_seconds(data) - before)}

        # Parsed once, as after the first command of a day.
        workspace.ecom("load", "--from", str(shop), environment=environment)
        workspace.ecom("build", "--select", "resource_type:seed", environment=environment)
        for _ in range(runs):
            cost = timed("load", "--from", str(shop))
            cost |= timed("build", "--full-refresh")
            size = _size(settings)
            workspace.ecom("advance", "--from", str(shop), environment=environment)
            day = timed("build", "--selector", "daily")
            costs.append({**cost, "day": day["build"], "day_server": day["build_server"]})
    return Record(SECTION, workspace.orders, costs, {"database_bytes": size})


def render(records: Sequence[Record]) -> list[str]:
    """The section's part of the page."""
    rows = []
    for record in records:
        for step, name in _STEPS.items():
            cost = record.cost(step)
            rows.append(
                (
                    f"{record.orders:,}",
                    name,
                    f"{cost.wall:.2f}",
                    f"{cost.cpu:.2f}",
                    f"{record.cost(f'{step}_server').cpu:.2f}",
                    f"{cost.memory / 1e6:,.0f}",
                    f"{record.facts['database_bytes'] / 1e6:,.0f}" if step == "build" else "",
                )
            )
    columns = (ORDERS, "what", WALL, CPU, "server's CPU, s", MEMORY, "database, MB")
    return table(columns, rows)


@contextmanager
def _server(folder: Path) -> Iterator[tuple[PostgresSettings, Path]]:
    """A server on a free port, without mock data; stopped and removed at the end."""
    place = folder / "postgres"
    shutil.rmtree(place, ignore_errors=True)
    init = place / "init"
    init.mkdir(parents=True)
    for name in ("init-db.sql", "postgresql.conf"):
        shutil.copy(POSTGRES_INIT / name, init)
    # The server does not run as root, and its account must be able to enter its directory.
    for parent in (place, folder, folder.parent):
        parent.chmod(parent.stat().st_mode | 0o011)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    passwords = {role: secrets.token_urlsafe() for role in PASSWORDS}
    settings = PostgresSettings("127.0.0.1", port, "ecommerce", passwords)
    data = place / "data"
    try:
        server.start(settings, data, init=init)
        yield settings, data
    finally:
        server.stop(data)
        shutil.rmtree(place)


def _server_seconds(data: Path) -> float:
    """The server's CPU time so far, including its processes that have ended."""
    import psutil

    running = server.status(data)
    if running is None:
        return 0.0
    main = psutil.Process(running.pid)
    ended = main.cpu_times()
    seconds = sum(ended[:4])
    for child in main.children():
        try:
            seconds += sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return seconds


def _size(settings: PostgresSettings) -> int:
    with closing(settings.connect(SUPERUSER)) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_database_size(current_database())")
        row = cursor.fetchone()
    return int(row[0]) if row else 0
