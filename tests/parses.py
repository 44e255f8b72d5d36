"""What dbt remembers of a parsed project, handed on from one warehouse to the next.

dbt parses all anew when the connection is another one. The project's nodes know a warehouse by the
names of its database and schemas alone: between warehouses of one name only the fingerprint of the
connection differs. All else stays dbt's own to judge: it compares each file, the variables and its
version as always.
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


def target_variable(engine: Engine) -> dict[str, str]:
    """What names an engine to dbt; the default has no name, so that all share one parse."""
    return {} if engine.target == DEFAULT_TARGET else {"DBT_TARGET": engine.target}


def pass_on(old: Engine, new: Engine, target: Path) -> None:
    """Make a copy of another warehouse's target directory one of this warehouse's."""
    found = [connection for engine in (old, new) if (connection := _connection(engine))]
    path = target / PARSED
    if path.exists() and len(found) == 2:
        path.write_bytes(path.read_bytes().replace(found[0][1], found[1][1]))


def are_parsed_alike(engine: Engine, other: Engine) -> bool:
    """Whether what dbt parses for two warehouses is the same."""
    here, there = _connection(engine), _connection(other)
    return here is not None and there is not None and here[0] == there[0]


def _remember_the_checkouts() -> None:
    """What `make parse` left behind, which runs before the tests."""
    name, fingerprint = _known_as(_profile({}, "duckdb"), "duckdb")
    checkouts = DBT_PROJECT / "target" / PARSED
    if name not in _known and checkouts.exists():
        parsed = checkouts.read_bytes()
        # Whoever built since may have named a target, which dbt takes for another one.
        if fingerprint in parsed and _options("") in parsed:
            _known[name] = (parsed, fingerprint)


def _connection(engine: Engine) -> tuple[tuple[str, str], bytes] | None:
    """Which database it is, and the fingerprint of the connection to it; not known of Spark."""
    if engine.target not in ("duckdb", "postgres"):
        return None
    return _known_as(_profile(engine.environment, engine.target), engine.target)


def _known_as(credentials: "Credentials", target: str) -> tuple[tuple[str, str], bytes]:
    """The database, and the `profile_hash` of dbt's ManifestLoader.build_manifest_state_check."""
    shown = pprint.pformat(sorted(credentials.connection_info()))
    return (target, credentials.database), _hash(shown)


def _options(target: str) -> bytes:
    """Its `vars_hash`: no variables and no profile, but a target by `--target` or `DBT_TARGET`."""
    return _hash("\x00".join(("{}", "", target, version("dbt-core"))))


def _hash(text: str) -> bytes:
    return sha256(text.encode()).hexdigest().encode()


def _profile(environment: Mapping[str, str], target: str) -> "Credentials":
    """What the project's profile makes of an environment for a target."""
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
