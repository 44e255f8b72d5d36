"""What dbt remembers of a parsed project, handed on from one warehouse to the next.

dbt parses all anew when the connection is another one. The project's nodes know a warehouse by the
names of its database and schemas alone: between warehouses of one name only the fingerprint of the
connection differs. All else stays dbt's own to judge: it compares each file, the variables and its
version as always.
"""

import os
import pprint
from hashlib import sha256
from pathlib import Path
from typing import Final

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.paths import DBT_PROJECT

PARSED: Final = "partial_parse.msgpack"
_SCHEMA: Final = "analytics"
# The parsed project and the fingerprint in it, by engine and database.
_known: dict[tuple[str, str], tuple[bytes, bytes]] = {}


def remember(engine: Engine, target: Path) -> None:
    """Keep what dbt has parsed into a target directory, if nothing is known yet."""
    found = _connection(engine)
    if found and found[0] not in _known and (parsed := target / PARSED).exists():
        _known[found[0]] = (parsed.read_bytes(), found[1])


def hand_on(engine: Engine, target: Path) -> None:
    """Give it to a target directory that has nothing yet for this warehouse."""
    found = _connection(engine)
    path = target / PARSED
    if not found or (path.exists() and found[1] in path.read_bytes()):
        return
    _remember_the_checkouts()
    if found[0] in _known:
        parsed, fingerprint = _known[found[0]]
        target.mkdir(parents=True, exist_ok=True)
        path.write_bytes(parsed.replace(fingerprint, found[1]))


def handed_on(engine: Engine) -> Engine:
    """The engine itself, with what is known of the project where `ecom` has dbt write."""
    hand_on(engine, Path(os.environ["DBT_TARGET_PATH"]))
    return engine


def pass_on(old: Engine, new: Engine, target: Path) -> None:
    """Make a copy of another warehouse's target directory one of this warehouse's."""
    found = [connection for engine in (old, new) if (connection := _connection(engine))]
    path = target / PARSED
    if path.exists() and len(found) == 2:
        path.write_bytes(path.read_bytes().replace(found[0][1], found[1][1]))


def _remember_the_checkouts() -> None:
    """What `make parse` left behind, which runs before the tests."""
    name, fingerprint = _duckdb("../data/warehouse.duckdb")
    checkouts = DBT_PROJECT / "target" / PARSED
    if name not in _known and checkouts.exists() and fingerprint in checkouts.read_bytes():
        _known[name] = (checkouts.read_bytes(), fingerprint)


def _connection(engine: Engine) -> tuple[tuple[str, str], bytes] | None:
    """Which database it is, and the fingerprint of the connection to it; not known of Spark."""
    if engine.target == "duckdb":
        return _duckdb(engine.environment["ECOM_WAREHOUSE"])
    return _postgres(engine) if engine.target == "postgres" else None


def _duckdb(path: str) -> tuple[tuple[str, str], bytes]:
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    credentials = DuckDBCredentials.from_dict({"path": path, "schema": _SCHEMA})
    return ("duckdb", credentials.database), _fingerprint(credentials)


def _postgres(engine: Engine) -> tuple[tuple[str, str], bytes]:
    from dbt.adapters.postgres.connections import PostgresCredentials

    settings = engine.environment
    credentials = PostgresCredentials.from_dict(
        {
            "host": settings["ECOM_POSTGRES_HOST"],
            "port": int(settings["ECOM_POSTGRES_PORT"]),
            "dbname": settings["ECOM_POSTGRES_DB"],
            "user": "ecom_transformer",
            "password": "",
            "schema": _SCHEMA,
            "connect_timeout": 10,
        }
    )
    return ("postgres", credentials.database), _fingerprint(credentials)


def _fingerprint(credentials: object) -> bytes:
    """The `profile_hash` of dbt's ManifestLoader.build_manifest_state_check; 64 digits."""
    shown = pprint.pformat(sorted(credentials.connection_info()))  # type: ignore[attr-defined]
    return sha256(shown.encode()).hexdigest().encode()
