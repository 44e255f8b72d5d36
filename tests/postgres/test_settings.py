"""The settings: the environment before the file, and passwords that are never shown."""

import os
import re
import stat
import traceback
from pathlib import Path
from typing import Final

import pytest
from dotenv import dotenv_values

from ecommerce_analytics.engines.postgres.settings import (
    LOADER,
    PASSWORDS,
    READER,
    SUPERUSER,
    TRANSFORMER,
    PostgresSettings,
    load_settings,
    write_env_file,
)
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import ENV_EXAMPLE, ROOT
from postgres.servers import TestServer, canaries, free_port

_NOWHERE: Final = Path("/nowhere/.env")
_NO_VALUES: Final = {"PATH": "/usr/bin"}


def _file(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / ".env"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_defaults_are_the_usual_ones() -> None:
    """The default is a server on this machine, without a password."""
    assert load_settings(_NO_VALUES, _NOWHERE) == PostgresSettings(
        "127.0.0.1", 5432, "ecommerce", {}
    )


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    """A blank value in the environment leaves the file's."""
    file = _file(
        tmp_path,
        "# a comment",
        "ECOM_POSTGRES_PORT=6000",
        "ECOM_POSTGRES_DB=from_file",
        "ECOM_LOADER_PASSWORD='one # of a kind'",
        "ECOM_READER_PASSWORD=",
        "SOMETHING_ELSE=1",
    )
    settings = load_settings({"ECOM_POSTGRES_PORT": "7000", "ECOM_POSTGRES_DB": ""}, file)
    assert (settings.port, settings.database) == (7000, "from_file")
    assert settings.passwords.keys() == {LOADER}


def test_a_dollar_in_a_password_is_a_dollar(tmp_path: Path) -> None:
    """A dollar in single quotes is kept, as in Docker Compose."""
    file = _file(tmp_path, "ECOM_LOADER_PASSWORD='a${HOME}$b'")
    assert load_settings(_NO_VALUES, file).password(LOADER) == "a${HOME}$b"


@pytest.mark.parametrize("port", ["0", "65536", "many", "-1", "5432.0", "٣"])
def test_a_port_is_a_port(port: str) -> None:
    """An invalid port gives one sentence."""
    with pytest.raises(EcomError, match=r"^ECOM_POSTGRES_PORT is '.+', expected a port from 1 to"):
        load_settings({"ECOM_POSTGRES_PORT": port}, _NOWHERE)


def test_a_file_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    """A binary file gives one sentence."""
    file = tmp_path / ".env"
    file.write_bytes(b"ECOM_LOADER_PASSWORD=\xff\n")
    with pytest.raises(EcomError, match=r"^cannot read "):
        load_settings(_NO_VALUES, file)


@pytest.mark.parametrize("role", PASSWORDS)
def test_a_missing_password_is_named(role: str) -> None:
    """A missing password is reported by its variable, with the place to set it."""
    with pytest.raises(EcomError, match=f"^{PASSWORDS[role]} is not set, expected the password of"):
        load_settings(_NO_VALUES, _NOWHERE).connect(role)


def test_settings_go_on_as_variables() -> None:
    """Settings are passed to dbt and psql as variables, and can be read again."""
    settings = PostgresSettings("127.0.0.1", 5433, "shop", canaries())
    assert load_settings(settings.environment(*PASSWORDS), _NOWHERE) == settings
    assert load_settings(settings.environment(READER), _NOWHERE).passwords.keys() == {READER}


def test_the_example_names_every_setting() -> None:
    """The example has each setting once, defaults with values, and no password."""
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
    assert (ROOT / values.pop("COMPOSE_FILE")).is_file()
    assert not values.pop("ECOM_POSTGRES_USER")
    shown = {name: values[name] for name in values if not name.endswith("_PASSWORD")}
    assert shown == load_settings(_NO_VALUES, _NOWHERE).environment()
    assert {name for name in values if name not in shown} == {
        *PASSWORDS.values(),
        "ECOM_MINIO_PASSWORD",
    }
    assert not any(values[name] for name in values if name not in shown)


def test_the_file_is_never_committed() -> None:
    """Git ignores the settings file."""
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_a_file_is_written_with_random_passwords(tmp_path: Path) -> None:
    """The file is readable by its owner only, and all passwords differ."""
    file = tmp_path / ".env"
    assert write_env_file(_NO_VALUES, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    passwords = load_settings(_NO_VALUES, file).passwords
    assert passwords.keys() == PASSWORDS.keys()
    assert len(set(passwords.values())) == len(PASSWORDS)
    assert all(len(password) >= 32 for password in passwords.values())


def test_the_container_runs_as_whoever_owns_the_mock_data(tmp_path: Path) -> None:
    """The container runs as the current user; for root, as the image's own account."""
    file = tmp_path / ".env"
    assert write_env_file(_NO_VALUES, file)
    user = dotenv_values(file)["ECOM_POSTGRES_USER"]
    assert user == (f"{os.geteuid()}:{os.getegid()}" if os.geteuid() else "")


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """An existing file is not changed, because a server may use its passwords."""
    file = _file(tmp_path, "ECOM_LOADER_PASSWORD=mine")
    assert not write_env_file(_NO_VALUES, file)
    assert file.read_text(encoding="utf-8") == "ECOM_LOADER_PASSWORD=mine\n"


def test_an_environment_with_every_password_needs_no_file(tmp_path: Path) -> None:
    """With every password in the environment no file is written."""
    given = dict.fromkeys(PASSWORDS.values(), "given")
    assert not write_env_file(given, tmp_path / ".env")
    assert not (tmp_path / ".env").exists()


def test_passwords_are_not_in_the_repr() -> None:
    """Passwords are not in the `repr`, which logs and test reports show."""
    assert "canary" not in repr(PostgresSettings("h", 1, "d", canaries()))


@pytest.mark.parametrize("role", PASSWORDS)
def test_each_role_connects_as_itself(postgres_server: TestServer, role: str) -> None:
    """Each role connects to the warehouse, in UTC."""
    answer = postgres_server.query(
        role, "select current_user, current_database(), current_setting('timezone')"
    )
    assert answer == [(role, postgres_server.settings.database, "UTC")]


def _refusal(settings: PostgresSettings, role: str) -> str:
    """The message of `connect`; checks that its traceback has no password."""
    with pytest.raises(EcomError) as error:
        settings.connect(role)
    told = "".join(traceback.format_exception(error.value))
    assert not [password for password in settings.passwords.values() if password in told]
    return str(error.value)


def test_no_server_is_one_sentence() -> None:
    """The message for a stopped server says how to start one."""
    port = free_port()
    settings = PostgresSettings("127.0.0.1", port, "ecommerce", canaries())
    assert _refusal(settings, READER) == (
        f"no PostgreSQL server answers on 127.0.0.1:{port}; start one with `make postgres`, "
        "or set ECOM_POSTGRES_HOST and ECOM_POSTGRES_PORT"
    )


def test_a_wrong_password_is_one_sentence(postgres_server: TestServer) -> None:
    """The message for a wrong password names the variable, never the value."""
    found = postgres_server.settings
    settings = PostgresSettings(
        found.host, found.port, found.database, {TRANSFORMER: "canary-that-is-wrong"}
    )
    assert _refusal(settings, TRANSFORMER).startswith(
        f"{found.address} does not let ecom_transformer in: DBT_ENV_SECRET_TRANSFORMER_PASSWORD "
        "is not its password"
    )


def test_a_missing_database_is_one_sentence(postgres_server: TestServer) -> None:
    """The message for a missing database names its variable."""
    found = postgres_server.settings
    settings = PostgresSettings(found.host, found.port, "nothing", found.passwords)
    assert _refusal(settings, SUPERUSER) == (
        f"{found.address} has no database nothing; set ECOM_POSTGRES_DB to one that "
        "docker/postgres/init-db.sql has run in"
    )


def test_a_host_that_is_none_is_one_sentence() -> None:
    """The message for an unknown host has the driver's text on one line."""
    settings = PostgresSettings("nowhere.invalid", 5432, "ecommerce", canaries())
    message = _refusal(settings, LOADER)
    assert message.startswith("cannot connect to PostgreSQL on nowhere.invalid:5432 as ecom_loader")
    assert "\n" not in message


def test_tests_do_not_read_a_developers_passwords() -> None:
    """The suite has its own servers and passwords."""
    assert not [name for name in os.environ if name in PASSWORDS.values()]
