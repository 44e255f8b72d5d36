"""Reuses dbt's partial parse from one warehouse for the next.

dbt parses everything again when the connection changes. A parsed project contains only the names of
its database and schemas, so for warehouses of the same name only the connection's fingerprint
differs. dbt still checks everything else as usual: each file, the variables and its version.
"""

import os
import pprint
from collections.abc import Mapping
from contextvars import copy_context
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecommerce_analytics.engines import DEFAULT_TARGET
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.paths import DBT_PROJECT

if TYPE_CHECKING:
    from dbt.adapters.contracts.connection import Credentials

PARSED: Final = "partial_parse.msgpack"
# The parsed project and the fingerprint in it, by engine and database.
_known: dict[tuple[str, str], tuple[bytes, bytes]] = {}


def remember(engine: Engine, target: Path) -> None:
    """Save dbt's parse from a target directory, if none is saved yet."""
    found = _connection(engine)
    if found and found[0] not in _known and (parsed := target / PARSED).exists():
        _known[found[0]] = (parsed.read_bytes(), found[1])


def hand_on(engine: Engine, target: Path) -> None:
    """Copy the saved parse to a target directory that has none for this warehouse."""
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
    """The engine itself, after copying the saved parse to the target directory of `ecom`."""
    hand_on(engine, Path(os.environ["DBT_TARGET_PATH"]))
    return engine


def target_variable(engine: Engine) -> dict[str, str]:
    """The variable that selects an engine's target; the default engine needs none."""
    return {} if engine.target == DEFAULT_TARGET else {"DBT_TARGET": engine.target}


def pass_on(old: Engine, new: Engine, target: Path) -> None:
    """Adapt a copy of another warehouse's target directory to this warehouse."""
    found = [connection for engine in (old, new) if (connection := _connection(engine))]
    path = target / PARSED
    if path.exists() and len(found) == 2:
        path.write_bytes(path.read_bytes().replace(found[0][1], found[1][1]))


def are_parsed_alike(engine: Engine, other: Engine) -> bool:
    """Whether dbt parses the same for two warehouses."""
    here, there = _connection(engine), _connection(other)
    return here is not None and there is not None and here[0] == there[0]


def _remember_the_checkouts() -> None:
    """Save the parse of `make parse`, which runs before the tests."""
    name, fingerprint = _known_as(_profile({}, "duckdb"), "duckdb")
    checkouts = DBT_PROJECT / "target" / PARSED
    if name not in _known and checkouts.exists():
        parsed = checkouts.read_bytes()
        # A later build may have named a target, which dbt 1.11 treats as a different one.
        if fingerprint in parsed and _options() in parsed:
            _known[name] = (parsed, fingerprint)


def _connection(engine: Engine) -> tuple[tuple[str, str], bytes] | None:
    """The database, and the fingerprint of the connection to it; unknown for Spark."""
    if engine.target not in ("duckdb", "postgres"):
        return None
    return _known_as(_profile(engine.environment, engine.target), engine.target)


def _known_as(credentials: "Credentials", target: str) -> tuple[tuple[str, str], bytes]:
    """The database, and the `profile_hash` of dbt's ManifestLoader.build_manifest_state_check."""
    shown = pprint.pformat(sorted(credentials.connection_info()))
    return (target, credentials.database), _hash(shown)


def _options() -> bytes:
    """The parse's `vars_hash`: no variables, the profile and the target; on 1.11, their options."""
    dbt = version("dbt-core")
    named = ("", "") if dbt.startswith("1.11.") else ("ecommerce_analytics", "duckdb")
    return _hash("\x00".join(("{}", *named, dbt)))


def _hash(text: str) -> bytes:
    return sha256(text.encode()).hexdigest().encode()


def _profile(environment: Mapping[str, str], target: str) -> "Credentials":
    """The project's profile, rendered for an environment and a target."""
    from dbt.adapters.factory import load_plugin
    from dbt.config.profile import Profile, read_profile
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    def read() -> "Credentials":
        set_invocation_context(environment)
        ((name, raw),) = read_profile(str(DBT_PROJECT)).items()
        _, shown = Profile.render_profile(raw, name, target, ProfileRenderer())
        kind: type[Credentials] = load_plugin(shown["type"])
        del shown["type"], shown["threads"]
        return kind.from_dict(kind.translate_aliases(shown))

    return copy_context().run(read)
