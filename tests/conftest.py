"""Shared fixtures: generated shops, and dbt on its own warehouse."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, settings

from areas import pytest_terminal_summary  # noqa: F401 (pytest finds it here)
from commands import Commands, commands
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.paths import DBT_PROJECT
from once import once
from parses import are_parsed_alike, hand_on, pass_on, remember, target_variable
from postgres.servers import TestServer, a_server

Artifact = Mapping[str, Any]

_DBT_SECONDS: Final = 600
# dbt's own command.
_DBT: Final = "from dbt.cli.main import cli; cli()"
# dbt recommends a spine of seconds beside the one of days: docs/decisions/0013.
KNOWN_WARNING: Final = "configuring a time spine at or below the smallest time dimension"
# Options for a build of models, snapshots and seeds only.
NO_TESTS: Final = ("--exclude-resource-type", "test", "unit_test")
# Models that depend on earlier days, with their inputs; all others are rebuilt each day.
WITH_A_MEMORY: Final = (
    "--select",
    "+config.materialized:incremental",
    "+resource_type:snapshot",
)
# The commands that can start from a parsed project, and the options that parsing depends on.
_ON_A_PARSED_PROJECT: Final = frozenset({"build", "run", "seed", "snapshot", "test"})
_WHAT_PARSING_READS: Final = frozenset({"--no-partial-parse", "--target", "--vars"})
_PARSED_FOR: Final = Path("warehouse.duckdb")
_SMALL_SHOP: Final = ShopSpec(customers=300, orders=1_000)
# The slowest files: test processes receive the files in this order.
_LONGEST: Final = (
    "increments/test_month.py",
    "engines/test_days.py",
    "engines/test_default_shop.py",
    "test_defects.py",
    "test_adversarial_shops.py",
    "engines/test_postgres_trouble.py",
    "report/test_browser.py",
)


@dataclass(frozen=True)
class DbtResult:
    """The result of one dbt command.

    Attributes:
        command: The arguments, for messages.
        exit_code: 0 on success.
        events: The log, one event for each line, in order.
        output: dbt's other output, including errors.
        artifacts: The JSON files that the command left in its target directory, by stem.
    """

    command: str
    exit_code: int
    events: tuple[Mapping[str, Any], ...]
    output: str
    artifacts: Mapping[str, Artifact] = field(repr=False)

    @property
    def warnings(self) -> list[str]:
        """The messages of every warning and deprecation, except the known one."""
        return [message for message in self.all_warnings if KNOWN_WARNING not in message]

    @property
    def all_warnings(self) -> list[str]:
        """The messages of every warning and deprecation."""
        return self._messages("warn")

    @property
    def errors(self) -> list[str]:
        """The messages of every error."""
        return self._messages("error")

    def require_success(self) -> "DbtResult":
        """The result itself if dbt succeeded; otherwise a failed assertion."""
        assert self.exit_code == 0, "\n".join(
            (f"dbt {self.command} failed", *self.errors, self.output)
        )
        return self

    def _messages(self, level: str) -> list[str]:
        return [str(e["info"]["msg"]) for e in self.events if e["info"]["level"] == level]


class Dbt:
    """The dbt project, run by this interpreter with its own warehouse and target directory.

    Each command has its own process, because dbt keeps state in its modules that would leak into
    the next.
    """

    def __init__(
        self, directory: Path, project: Path = DBT_PROJECT, engine: Engine | None = None
    ) -> None:
        """Use `directory`, which may be empty.

        Args:
            directory: Where the target and the logs go.
            project: The dbt project's directory.
            engine: The warehouse, by default a DuckDB file in the directory.
        """
        self.warehouse = directory / _PARSED_FOR
        self.engine = engine or DuckDBEngine(self.warehouse)
        self.target = directory / "target"
        self.logs = directory / "logs"
        self.project = project

    def start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a dbt command, such as `build`, to watch or kill it."""
        self._hand_on(arguments)
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _DBT, command, *arguments, *self._options(arguments)],
            cwd=self.project,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, *arguments: str) -> DbtResult:
        """Run a dbt command to completion, successful or not."""
        server = dbt_commands()
        if not (is_parsed := self._is_parsed(command, arguments)):
            self._hand_on(arguments)
        finished = server.run(
            (command, *arguments, *self._options(arguments)),
            self.project,
            self._environment(),
            _DBT_SECONDS,
            is_parsed=is_parsed,
        )
        if self.project == DBT_PROJECT:
            remember(self.engine, self.target)
        events, rest = _parse_log(finished.stdout)
        return DbtResult(
            " ".join((command, *arguments)),
            finished.exit_code,
            events,
            "\n".join((*rest, finished.stderr)),
            self._artifacts(),
        )

    def succeed(self, command: str, *arguments: str) -> DbtResult:
        """Run a dbt command that must succeed; the caller checks the warnings."""
        return self.run(command, *arguments).require_success()

    def load(self, shop: Path, loaded_at: datetime | None = None) -> None:
        """Load a shop's files into the warehouse, by default stamped with the current time."""
        self.engine.load(shop, loaded_at=loaded_at)

    def apply(self, batch: Path, loaded_at: datetime | None = None) -> None:
        """Apply a batch of changes, by default stamped with the current time."""
        self.engine.apply(batch, loaded_at=loaded_at)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Query the warehouse."""
        return self.engine.rows(sql)

    def execute(self, *statements: str) -> None:
        """Change a DuckDB warehouse without dbt."""
        with duckdb.connect(str(self.warehouse)) as connection:
            for statement in statements:
                connection.execute(statement)

    def take(self, other: "Dbt") -> None:
        """Continue from another project's work on a warehouse of the same kind."""
        for path in other.warehouse.parent.glob(f"{other.warehouse.name}*"):
            shutil.copy(path, self.warehouse.parent)
        shutil.copytree(other.target, self.target, dirs_exist_ok=True)
        pass_on(other.engine, self.engine, self.target)

    def parse_first(self) -> Commands:
        """A process that has parsed the project, for commands on any warehouse."""
        self._hand_on(())
        options = ("--log-level", "none", *self._options(()))
        made = _ending.enter_context(commands(options, self.project, self._environment()))
        remember(self.engine, self.target)
        return made

    def _is_parsed(self, command: str, arguments: Sequence[str]) -> bool:
        """Whether the command's project is the one that the shared process has parsed."""
        return (
            self.project == DBT_PROJECT
            and command in _ON_A_PARSED_PROJECT
            and not _WHAT_PARSING_READS.intersection(arguments)
            and are_parsed_alike(self.engine, DuckDBEngine(_PARSED_FOR))
        )

    def _hand_on(self, arguments: Sequence[str]) -> None:
        if "--no-partial-parse" not in arguments:
            hand_on(self.engine, self.target)

    def _options(self, arguments: Sequence[str]) -> tuple[str, ...]:
        quiet = () if "--log-level-file" in arguments else ("--log-level-file", "none")
        return (
            *("--project-dir", str(self.project), "--profiles-dir", str(self.project)),
            *("--target-path", str(self.target), "--log-path", str(self.logs)),
            *("--log-format", "json", "--no-use-colors", *quiet),
        )

    def _artifacts(self) -> Mapping[str, Artifact]:
        return {path.stem: _read_json(path) for path in self.target.glob("*.json")}

    def _environment(self) -> dict[str, str]:
        # A developer's own target, schema or dbt flags must not affect the tests.
        ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
        return {**ours, **self.engine.environment, **target_variable(self.engine)}


# Closed at the end of the session.
_ending: Final = ExitStack()


@cache
def dbt_commands() -> Commands:
    """The process that is forked for each command of this session."""
    directory = _ending.enter_context(tempfile.TemporaryDirectory(prefix="dbt-"))
    return Dbt(Path(directory)).parse_first()


def pytest_sessionfinish() -> None:
    """End the processes that no fixture ends."""
    _ending.close()


def _parse_log(stdout: str) -> tuple[tuple[Mapping[str, Any], ...], list[str]]:
    events, rest = [], []
    for line in stdout.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict) and "info" in event:
            events.append(event)
        else:
            rest.append(line)
    return tuple(events), rest


def _read_json(path: Path) -> Artifact:
    document: Artifact = json.loads(path.read_text(encoding="utf-8"))
    return document


# The same examples on every run; `pytest --hypothesis-profile=hunt` searches longer for new ones.
settings.register_profile(
    "suite",
    max_examples=8,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "hunt", settings.get_profile("suite"), max_examples=300, derandomize=False
)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest files, so that no process waits for another at the end."""
    ranks = {Path(__file__).parent / path: rank for rank, path in enumerate(_LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


@pytest.fixture(scope="session", autouse=True)
def _own_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let `ecom` use dbt target directories of this process, not of the checkout."""
    target = tmp_path_factory.mktemp("target")
    if (parsed := DBT_PROJECT / "target" / "partial_parse.msgpack").exists():
        shutil.copy(parsed, target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_TARGET_PATH", str(target))
        patch.setenv("DBT_LOG_PATH", str(target / "logs"))
        yield


@pytest.fixture(scope="session")
def shop_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop of the default size. Read only."""
    return once(tmp_path_factory, "default_shop", partial(_generated, ShopSpec()))


@pytest.fixture(scope="session")
def small_shop_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of 300 customers and 1,000 orders. Read only."""
    return once(tmp_path_factory, "small_shop", partial(_generated, _SMALL_SHOP))


def _generated(spec: ShopSpec, directory: Path) -> Path:
    generate_shop(spec, directory / "shop")
    return directory / "shop"


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The project on the default shop's warehouse. Read only."""
    return Dbt(tmp_path_factory.mktemp("default_warehouse"))


@pytest.fixture(scope="session")
def parsed(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> DbtResult:
    """The project, parsed in full, with every deprecation shown."""

    def parse(directory: Path) -> tuple[Dbt, DbtResult]:
        made = Dbt(directory)
        return made, made.succeed("parse", "--no-partial-parse", "--show-all-deprecations")

    made, result = once(tmp_path_factory, "parsed", parse)
    dbt.take(made)
    return result


@pytest.fixture(scope="session")
def manifest(parsed: DbtResult) -> Artifact:
    """The project's parsed manifest; nothing has been built."""
    return parsed.artifacts["manifest"]


@pytest.fixture(scope="session")
def built(
    dbt: Dbt,
    parsed: DbtResult,  # noqa: ARG001 (its cache)
    shop_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> DbtResult:
    """The default shop, fully built; its manifest has the compiled SQL.

    A failed build fails one test, instead of every test that uses this fixture.
    """

    def build(directory: Path) -> tuple[Dbt, DbtResult]:
        made = Dbt(directory)
        made.load(shop_dir)
        return made, made.run("build", "--full-refresh")

    made, result = once(tmp_path_factory, "built", build)
    dbt.take(made)
    return result


@pytest.fixture(scope="session")
def run_results(built: DbtResult) -> Artifact:
    """The result of each node of the default build."""
    return built.artifacts["run_results"]


@pytest.fixture(scope="session")
def warehouse(dbt: Dbt, built: DbtResult) -> Path:
    """The DuckDB file with the built default shop. Read only."""
    built.require_success()
    return dbt.warehouse


@dataclass(frozen=True)
class TinyShop:
    """A tiny shop: its files, its built warehouse, and its number of orders."""

    files: Path
    warehouse: Path
    orders: int


@pytest.fixture(scope="session")
def tiny_shops(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], TinyShop]:
    """Shops with the given numbers of orders; each is created and built once, without tests."""

    def made(orders: int, directory: Path) -> TinyShop:
        files = _generated(ShopSpec(customers=orders, orders=orders), directory)
        dbt = Dbt(directory)
        dbt.load(files)
        # Their tests run elsewhere; only the content of the marts is needed.
        dbt.succeed("build", *NO_TESTS)
        return TinyShop(files, dbt.warehouse, orders)

    return lambda orders: once(tmp_path_factory, f"tiny_shop_{orders}", partial(made, orders))


@pytest.fixture(params=[0, 1], ids=["no order", "one order"])
def tiny_shop(request: pytest.FixtureRequest, tiny_shops: Callable[[int], TinyShop]) -> TinyShop:
    """A shop without an order, and one with a single order. Read only."""
    return tiny_shops(request.param)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[TestServer]:
    """A PostgreSQL server as `ecom postgres start` creates it, without mock data."""
    with a_server() as server:
        server.start()
        yield server
