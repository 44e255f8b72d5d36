"""The Compose file: its rules, and the container's first start, step by step, without a container.

The steps are those of the official image's entrypoint: create the cluster with the file's
arguments, run the init script on a server without a port, then start the file's command.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from ecommerce_analytics.engines.postgres.accounts import Account, account_for
from ecommerce_analytics.engines.postgres.mock_data import write_mock_data
from ecommerce_analytics.engines.postgres.programs import programs_for
from ecommerce_analytics.engines.postgres.settings import (
    PASSWORDS,
    READER,
    TRANSFORMER,
    PostgresSettings,
)
from ecommerce_analytics.paths import DOCKER, ENV_EXAMPLE, POSTGRES_INIT
from postgres.servers import TestServer, canaries, free_port, server_directory

_FILE: Final = DOCKER / "docker-compose.yml"
_COMPOSE: Final[Mapping[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
_SERVICES: Final[Mapping[str, Any]] = _COMPOSE["services"]
_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for value in node.values():
            yield from _strings(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            yield from _strings(value)
    elif isinstance(node, str):
        yield node


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The text after Compose's variable substitution."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if given := values.get(name):
            return given
        assert kind != "?", f"required variable {name} is missing a value: {rest}"
        return rest or ""

    return _VARIABLE.sub(value, text).replace("$$", "$")


@pytest.mark.parametrize("service", _SERVICES)
def test_every_port_is_this_machines_alone(service: str) -> None:
    """Every port is open on this machine only."""
    ports = _SERVICES[service]["ports"]
    assert ports
    assert all(port.startswith("127.0.0.1:${ECOM_") for port in ports)


def test_no_password_has_a_default() -> None:
    """Passwords that PostgreSQL needs are required, and none has a default."""
    passwords = {
        (name, kind): rest
        for text in _strings(_COMPOSE)
        for name, kind, rest in _VARIABLE.findall(text)
        if "PASSWORD" in name
    }
    required = {name for name, kind in passwords if kind == "?"}
    assert required == set(PASSWORDS.values())
    # Compose checks required variables before profiles, so MinIO's must not be required.
    assert {name for name, _ in passwords} - required == {"ECOM_MINIO_PASSWORD"}
    assert passwords["ECOM_MINIO_PASSWORD", "-"] == ""


@pytest.mark.parametrize("service", _SERVICES)
def test_every_image_is_pinned_and_can_be_changed(service: str) -> None:
    """Every image has an exact version, which a variable can change."""
    ((name, kind, image),) = _VARIABLE.findall(_SERVICES[service]["image"])
    assert (name, kind) == (f"ECOM_{service.upper()}_IMAGE", "-")
    assert re.search(r":(\d+\.\d+-alpine|RELEASE\.[\dTZ-]+)$", image)


@pytest.mark.parametrize("service", _SERVICES)
def test_a_service_has_no_more_rights_than_it_needs(service: str) -> None:
    """A service has no capabilities, no new privileges, and resource limits."""
    made = _SERVICES[service]
    assert made["cap_drop"] == ["ALL"]
    assert "cap_add" not in made
    assert made["security_opt"] == ["no-new-privileges:true"]
    assert made["mem_limit"]
    assert made["pids_limit"] > 0


def test_the_server_writes_to_its_volume_alone() -> None:
    """The container's files are read only, and it runs as one account from its first process."""
    postgres = _SERVICES["postgres"]
    assert postgres["read_only"] is True
    assert postgres["tmpfs"] == ["/tmp", "/var/run/postgresql"]  # noqa: S108 (the container's)
    assert _filled(postgres["user"], {}) == "70:70"
    assert _filled(postgres["user"], {"ECOM_POSTGRES_USER": "1000:1000"}) == "1000:1000"


@pytest.mark.parametrize("service", _SERVICES)
def test_every_service_says_when_it_is_ready(service: str) -> None:
    """Every service has a health check, which `up --wait` needs."""
    check = _SERVICES[service]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()


@pytest.mark.parametrize("service", _SERVICES)
def test_data_is_in_named_volumes(service: str) -> None:
    """Data is in named volumes; files of the checkout are mounted read only."""
    volumes = _SERVICES[service]["volumes"]
    files = [volume for volume in volumes if volume.startswith("./")]
    assert all(volume.endswith(":ro") for volume in files)
    assert all((_FILE.parent / volume.split(":")[0]).exists() for volume in files)
    named = {volume.split(":")[0] for volume in volumes if volume not in files}
    assert named
    assert named <= _COMPOSE["volumes"].keys()


def test_the_cluster_is_inside_its_volume() -> None:
    """The cluster is inside its volume; the images moved it between versions 17 and 18."""
    mounts = dict(volume.split(":")[:2] for volume in _SERVICES["postgres"]["volumes"])
    assert _SERVICES["postgres"]["environment"]["PGDATA"].startswith(f"{mounts['postgres-data']}/")


def test_up_starts_postgres_alone() -> None:
    """`up` starts only PostgreSQL, so the object store's image is not needed."""
    assert [name for name in _SERVICES if "profiles" not in _SERVICES[name]] == ["postgres"]
    assert _SERVICES["minio"]["profiles"] == ["object-storage"]
    assert "depends_on" not in _SERVICES["postgres"]


def test_the_example_is_all_that_the_file_asks_for() -> None:
    """Each required variable is in `.env.example`."""
    example = ENV_EXAMPLE.read_text(encoding="utf-8")
    required = {
        name
        for text in _strings(_COMPOSE)
        for name, kind, _ in _VARIABLE.findall(text)
        if kind == "?"
    }
    assert {name for name in required if f"\n{name}=" not in example} == set()


def test_the_object_store_does_not_start_without_a_password() -> None:
    """The object store needs a password, because its default is public."""
    shell, flag, script = _SERVICES["minio"]["entrypoint"]
    script = script.replace("$$", "$").replace("exec minio", "echo minio")
    for password, code in (("", 1), ("given", 0)):
        environment = {"MINIO_ROOT_PASSWORD": password, "PATH": os.defpath}
        result = subprocess.run(
            [shell, flag, script], env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == code
        assert ("ECOM_MINIO_PASSWORD has no value" in result.stderr) == bool(code)


@dataclass(frozen=True)
class _Container:
    """The container's environment and command, on local paths."""

    folder: Path
    settings: PostgresSettings
    programs: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        given = self.settings.environment(*PASSWORDS)
        filled = {
            name: _filled(value, given)
            for name, value in _SERVICES["postgres"]["environment"].items()
        }
        ours = {
            "PATH": f"{self.programs}:{os.defpath}",
            "PGDATA": str(self.data),
            # As set by the entrypoint during initialisation, and always for the health check.
            "PGPASSWORD": filled["POSTGRES_PASSWORD"],
            "PGPORT": str(self.settings.port),
            "PGHOST": str(self.folder),
            "ECOM_INIT_DIR": str(self.folder),
        }
        return {**filled, **ours}

    @property
    def command(self) -> list[str]:
        """The file's command, without `postgres` itself."""
        mounts = {"/etc/postgresql/postgresql.conf": str(self.folder / "postgresql.conf")}
        name, *flags = _SERVICES["postgres"]["command"]
        assert name == "postgres"
        for there, here in mounts.items():
            flags = [flag.replace(there, here) for flag in flags]
        return [*flags, "-c", f"unix_socket_directories={self.folder}"]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program as the container's user; it must succeed."""
        result = self.attempt(*command)
        assert result.returncode == 0, result.stderr
        return result

    def attempt(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program as the container's user."""
        return subprocess.run(
            command,
            env=self.environment,
            cwd=self.folder,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, *flags: str) -> None:
        """Start the server, with the file's flags first."""
        options = shlex.join([*self.command, *flags])
        log = str(self.data / "log")
        self.run("pg_ctl", "-D", str(self.data), "-l", log, "-o", options, "-w", "start")

    def is_healthy(self) -> bool:
        """The result of the file's health check."""
        kind, check = _SERVICES["postgres"]["healthcheck"]["test"]
        assert kind == "CMD-SHELL"
        return self.attempt("/bin/sh", "-c", _filled(check, {})).returncode == 0


@pytest.fixture
def container(small_shop_dir: Path) -> Iterator[_Container]:
    """A container that is not started, with the small shop's mock data."""
    with server_directory() as folder:
        for name in ("init-db.sql", "postgresql.conf"):
            shutil.copy(POSTGRES_INIT / name, folder)
        write_mock_data(small_shop_dir, folder / "mock-data")
        account = account_for(folder / "data")
        # The container runs as the owner of the mock data.
        if account:
            account.own(folder)
            for path in (folder / "mock-data").iterdir():
                account.own(path)
        settings = PostgresSettings("127.0.0.1", free_port(), "shop warehouse", canaries())
        made = _Container(folder, settings, programs_for(18, folder / "data").folder, account)
        try:
            yield made
        finally:
            made.attempt("pg_ctl", "-D", str(made.data), "-m", "immediate", "-w", "stop")


def _first_start(container: _Container) -> subprocess.CompletedProcess[str]:
    """Run the entrypoint's steps before the final start."""
    environment = container.environment
    password = container.folder / "password"
    password.write_text(environment["POSTGRES_PASSWORD"])
    arguments = shlex.split(environment["POSTGRES_INITDB_ARGS"])
    container.run(
        "initdb",
        "-D",
        str(container.data),
        "--username=postgres",
        f"--pwfile={password}",
        "--no-sync",
        *arguments,
    )
    with (container.data / "pg_hba.conf").open("a") as rules:
        rules.write("\nhost all all all scram-sha-256\n")
    container.start("-c", "listen_addresses=")
    assert not container.is_healthy()
    psql = (
        "psql",
        "-v",
        "ON_ERROR_STOP=1",
        "--username",
        "postgres",
        "--no-password",
        "--no-psqlrc",
    )
    container.run(
        *psql, "--dbname", "postgres", "-c", f'create database "{environment["POSTGRES_DB"]}"'
    )
    assert not container.is_healthy()
    script = str(container.folder / "init-db.sql")
    return container.attempt(*psql, "--dbname", environment["POSTGRES_DB"], "-f", script)


def test_the_first_start_of_the_container(container: _Container) -> None:
    """The container becomes healthy after the script has completed."""
    initialised = _first_start(container)
    assert initialised.returncode == 0, initialised.stderr
    assert "canary" not in initialised.stdout + initialised.stderr
    assert not container.is_healthy()
    container.run("pg_ctl", "-D", str(container.data), "-m", "fast", "-w", "stop")
    container.start()
    assert container.is_healthy()
    server = TestServer(container.settings, container.data, container.folder)
    assert server.scalar("select count(*) from raw_data.orders", TRANSFORMER) == 1000
    assert server.scalar("show listen_addresses", READER) == "*"
    assert (
        server.scalar("select string_agg(x, '' order by x) from unnest(array['b','B']) x") == "Bb"
    )
    assert "canary" not in (container.data / "log").read_text(encoding="utf-8")
    rules = (container.data / "pg_hba.conf").read_text(encoding="utf-8").splitlines()
    methods = {rule.split()[-1] for rule in rules if rule and not rule.startswith("#")}
    assert methods == {"scram-sha-256"}


def test_a_container_whose_script_failed_is_never_healthy(container: _Container) -> None:
    """A container whose script failed is never healthy, even after a restart."""
    script = container.folder / "mock-data" / "campaigns.sql"
    script.write_text("\\set ON_ERROR_STOP on\nselect broken;\n", encoding="utf-8")
    assert _first_start(container).returncode == 3
    container.run("pg_ctl", "-D", str(container.data), "-m", "fast", "-w", "stop")
    container.start()
    assert not container.is_healthy()


def test_a_broken_script_shows_no_password(container: _Container) -> None:
    """psql, which quotes failing lines by default, shows no password."""
    script = container.folder / "init-db.sql"
    whole = script.read_text(encoding="utf-8")
    script.write_text(whole.replace("password :'loader", "passwort :'loader"), encoding="utf-8")
    failed = _first_start(container)
    assert failed.returncode == 3
    assert 'unrecognized role option "passwort"' in failed.stderr
    assert "canary" not in failed.stdout + failed.stderr
