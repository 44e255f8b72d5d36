"""What dbt remembers of a parsed project, handed on from one DuckDB file to the next.

dbt parses all anew when the connection is another one. The project's nodes know the warehouse by
its name alone, so that between files of one name only the fingerprint of the connection differs.
All else is dbt's own to judge: it compares each file, the variables and its version as always.
"""

import pprint
from hashlib import sha256
from pathlib import Path
from typing import Final

from ecommerce_analytics.engines.duckdb import DuckDBEngine

PARSED: Final = "partial_parse.msgpack"
# The parsed project and the fingerprint in it, by the name of the warehouse.
_known: dict[str, tuple[bytes, bytes]] = {}


def remember(engine: DuckDBEngine, target: Path) -> None:
    """Keep what dbt has parsed into a target directory, if nothing is known yet."""
    if (parsed := target / PARSED).exists() and engine.warehouse.name not in _known:
        _known[engine.warehouse.name] = (parsed.read_bytes(), _fingerprint(engine))


def hand_on(engine: DuckDBEngine, target: Path) -> None:
    """Give it to a target directory that has nothing yet."""
    if engine.warehouse.name in _known and not (target / PARSED).exists():
        parsed, fingerprint = _known[engine.warehouse.name]
        target.mkdir(parents=True, exist_ok=True)
        (target / PARSED).write_bytes(parsed.replace(fingerprint, _fingerprint(engine)))


def _fingerprint(engine: DuckDBEngine) -> bytes:
    """The `profile_hash` of dbt's ManifestLoader.build_manifest_state_check; 64 digits."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    credentials = DuckDBCredentials.from_dict(
        {"path": engine.environment["ECOM_WAREHOUSE"], "schema": "analytics"}
    )
    shown = pprint.pformat(sorted(credentials.connection_info()))
    return sha256(shown.encode()).hexdigest().encode()
