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

# The error of a hook or macro of the project, without dbt's location of it.
_REFUSED: Final = re.compile(
    r"Compilation Error in (?:operation|model) \S+ \(\S+\) (.*?) > in macro "
)
# dbt suggests `dbt deps`, which needs the package hub.
_NO_PACKAGES: Final = "package(s) installed in dbt_packages"


def require_loaded(engine: Engine) -> None:
    """Stop before dbt starts, which would take seconds and create an empty DuckDB file.

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
        command: The dbt command, such as `build` or `source freshness`.
        options: The command's options; log options override the defaults, and paths are relative
            to the project.
        project: The dbt project, which also holds the profile.
        listeners: Callbacks by the name of a dbt event, such as `NodeFinished`.
        log_level: The level of the project's log file: `info`, or `none` for no log.

    Returns:
        dbt's result.
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
        EcomError: The project cannot be parsed.
    """
    from dbt.contracts.graph.manifest import Manifest

    result = invoke(engine, "parse", project=project, log_level="none")
    if not isinstance(result.result, Manifest):
        raise EcomError(f"dbt parse failed: {reason(result, engine)}")
    return result.result


def reason(result: "dbtRunnerResult", engine: Engine) -> str:
    """Why dbt could not start, without a full stop; Ctrl-C is raised again."""
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
    """Give dbt exclusive use of the warehouse and the process, and take both back afterwards.

    dbt runs in its project directory, because the profile's paths are relative to it.
    """
    from dbt.adapters.factory import reset_adapters

    settings = dict(engine.environment)
    # For dbt, an explicitly named target differs from the same target as the default, so it would
    # parse again.
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
