"""dbt, run in this process on an engine."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ecommerce_analytics.engines import DEFAULT_TARGET
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import DBT_PROJECT

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

# What a hook of the project refuses, without where dbt came across it.
_REFUSED: Final = re.compile(r"Compilation Error in operation \S+ \(\S+\) (.*?) > in macro ")
# dbt advises `dbt deps`, which needs the hub.
_NO_PACKAGES: Final = "package(s) installed in dbt_packages"


def require_loaded(engine: Engine) -> None:
    """Stop before dbt starts, which takes seconds, and makes a DuckDB file where there is none.

    Raises:
        EcomError: Nothing is loaded.
    """
    if not engine.has_tables:
        raise EcomError(
            f"{engine.place} has no raw tables yet; load a shop first: ecom load, or make the "
            "demo's: make demo"
        )


def invoke(
    engine: Engine,
    command: str,
    options: Sequence[str] = (),
    project: Path = DBT_PROJECT,
    listeners: Mapping[str, Callable[["EventMsg"], None]] = MappingProxyType({}),
    log_level: str = "info",
) -> "dbtRunnerResult":
    """Run a dbt command in this process, and print nothing.

    Args:
        engine: The warehouse to run on.
        command: What dbt is to do, such as `build` or `source freshness`.
        options: The command's options; what they say of logs counts more than ours, and paths
            among them are relative to the project.
        project: The dbt project, which also holds the profile.
        listeners: By the name of an event of dbt's, such as `NodeFinished`, what is given each.
        log_level: What goes to the project's log file: `info` and above, or `none`, which leaves
            the file alone.

    Returns:
        What dbt made of it.
    """
    from dbt.cli.main import dbtRunner

    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    quiet = ["--log-level", "none", "--log-level-file", log_level]

    def tell(event: "EventMsg") -> None:
        if listener := listeners.get(event.info.name):
            listener(event)

    with _ready(engine):
        return dbtRunner(callbacks=[tell]).invoke([*command.split(), *quiet, *options, *folders])


def parse(engine: Engine, project: Path = DBT_PROJECT) -> "Manifest":
    """The project's manifest, parsed for an engine.

    Raises:
        EcomError: It does not parse.
    """
    from dbt.contracts.graph.manifest import Manifest

    result = invoke(engine, "parse", project=project, log_level="none")
    if not isinstance(result.result, Manifest):
        raise EcomError(f"dbt parse failed: {reason(result, engine)}")
    return result.result


def reason(result: "dbtRunnerResult", engine: Engine) -> str:
    """Why dbt could not start, without a full stop; a Ctrl-C goes on as one."""
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    message = " ".join(str(result.exception).split())
    if refused := _REFUSED.search(message):
        return refused[1]
    if _NO_PACKAGES in message:
        return "the dbt packages are not installed; install them: ecom deps"
    return engine.refusal(message) or message.rstrip(".")


@contextmanager
def _ready(engine: Engine) -> Iterator[None]:
    """Give dbt the warehouse and the process to itself, and take both back when it is done.

    It runs in its project, as people run it: the profile's paths are relative to that.
    """
    from dbt.adapters.factory import reset_adapters

    settings = dict(engine.environment)
    # dbt takes a target that is named for another one than the same by default, and parses again.
    if os.environ.get("DBT_TARGET", DEFAULT_TARGET) != engine.target:
        settings["DBT_TARGET"] = engine.target
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        with chdir(DBT_PROJECT):
            yield
    finally:
        reset_adapters()  # type: ignore[no-untyped-call]
        engine.release()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
