"""The PostgreSQL server's address, and the password of each of its roles.

Settings come from the environment, else from `.env`; a variable without a value counts as missing.
Passwords appear in no message and in no `repr`.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg2
from dotenv import dotenv_values
from psycopg2.extensions import connection

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import ENV_EXAMPLE, ENV_FILE

SUPERUSER: Final = "postgres"
LOADER: Final = "ecom_loader"
TRANSFORMER: Final = "ecom_transformer"
READER: Final = "ecom_reader"

# Each role's password, by the variable that holds it.
PASSWORDS: Final[Mapping[str, str]] = {
    SUPERUSER: "ECOM_POSTGRES_PASSWORD",
    LOADER: "ECOM_LOADER_PASSWORD",
    TRANSFORMER: "DBT_ENV_SECRET_TRANSFORMER_PASSWORD",
    READER: "ECOM_READER_PASSWORD",
}

_DEFAULTS: Final[Mapping[str, str]] = {
    "ECOM_POSTGRES_HOST": "127.0.0.1",
    "ECOM_POSTGRES_PORT": "5432",
    "ECOM_POSTGRES_DB": "ecommerce",
}
_BLANK_USER: Final = re.compile(r"^ECOM_POSTGRES_USER=[ \t]*$", re.MULTILINE)
_BLANK_PASSWORD: Final = re.compile(r"^(\w+_PASSWORD)=[ \t]*$", re.MULTILINE)
_PASSWORD_BYTES: Final = 24
_LAST_PORT: Final = 65_535
_CONNECT_SECONDS: Final = 10
_STOPPED: Final = (
    "terminating connection|server closed the connection|connection already closed"
    "|the database system is (shutting down|starting up|in recovery)"
)


@dataclass(frozen=True)
class PostgresSettings:
    """The server's address, the warehouse's database, and the passwords of the roles.

    `passwords` has the passwords by role; a role without one is missing.
    """

    host: str
    port: int
    database: str
    passwords: Mapping[str, str] = field(repr=False)

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"

    def password(self, role: str) -> str:
        """The role's password.

        Raises:
            EcomError: It is not set.
        """
        try:
            return self.passwords[role]
        except KeyError:
            raise EcomError(
                f"{PASSWORDS[role]} is not set, expected the password of {role}; put it into .env "
                "(`ecom postgres env` writes one where there is none) or into the environment"
            ) from None

    def environment(self, *roles: str) -> dict[str, str]:
        """The settings as environment variables, for programs such as dbt and psql.

        Args:
            roles: The roles whose passwords to include, if set.
        """
        passwords = {
            PASSWORDS[role]: password for role, password in self.passwords.items() if role in roles
        }
        return {
            "ECOM_POSTGRES_HOST": self.host,
            "ECOM_POSTGRES_PORT": str(self.port),
            "ECOM_POSTGRES_DB": self.database,
            **passwords,
        }

    def connect(self, role: str) -> connection:
        """Connect to the warehouse as a role.

        Args:
            role: One of `SUPERUSER`, `LOADER`, `TRANSFORMER` and `READER`.

        Returns:
            A psycopg2 connection; its caller closes it.

        Raises:
            EcomError: The password is not set, no server responds, or it rejects the role.
        """
        password = self.password(role)
        try:
            return psycopg2.connect(
                host=self.host,
                port=self.port,
                dbname=self.database,
                user=role,
                password=password,
                connect_timeout=_CONNECT_SECONDS,
                application_name="ecom",
                client_encoding="UTF8",
            )
        except psycopg2.OperationalError as error:
            reason = str(error).strip().splitlines()[-1].strip()
            raise EcomError(
                self.refusal(role, str(error))
                or f"cannot connect to PostgreSQL on {self.address} as {role}: {reason}"
            ) from error

    def refusal(self, role: str, message: str) -> str | None:
        """Why the server rejected a role, as a sentence.

        Args:
            role: The role.
            message: The driver's message.

        Returns:
            What is wrong and what to do about it; null if the message is about something else.
        """
        if "password authentication failed" in message or f'role "{role}" does not' in message:
            return (
                f"{self.address} does not let {role} in: {PASSWORDS[role]} is not its password, "
                "or the server does not have this role; a server keeps the passwords with which "
                "docker/postgres/init-db.sql last ran"
            )
        if f'database "{self.database}" does not exist' in message:
            return (
                f"{self.address} has no database {self.database}; set ECOM_POSTGRES_DB to one that "
                "docker/postgres/init-db.sql has run in"
            )
        if "permission denied for database" in message:
            return f"{role} may not connect to the database {self.database} on {self.address}"
        if re.search(_STOPPED, message):
            return (
                f"the PostgreSQL server on {self.address} stopped while it was in use; start it "
                "again (`make postgres`) and repeat the command"
            )
        if re.search("Connection refused|timeout expired|No route to host", message):
            return (
                f"no PostgreSQL server answers on {self.address}; start one with `make postgres`, "
                "or set ECOM_POSTGRES_HOST and ECOM_POSTGRES_PORT"
            )
        return None


def load_settings(
    environment: Mapping[str, str] | None = None, file: Path = ENV_FILE
) -> PostgresSettings:
    """Read the settings.

    Args:
        environment: Takes precedence over the file; by default this process's.
        file: A file of `NAME=value` lines; need not exist.

    Returns:
        The settings, with defaults for host, port and database. A password may be missing.

    Raises:
        EcomError: The port is not valid, or the file cannot be read.
    """
    values = {
        **_DEFAULTS,
        **_set(_read(file)),
        **_set(os.environ if environment is None else environment),
    }
    port = values["ECOM_POSTGRES_PORT"]
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _LAST_PORT):
        raise EcomError(f"ECOM_POSTGRES_PORT is {port!r}, expected a port from 1 to {_LAST_PORT}")
    return PostgresSettings(
        host=values["ECOM_POSTGRES_HOST"],
        port=int(port),
        database=values["ECOM_POSTGRES_DB"],
        passwords={role: values[name] for role, name in PASSWORDS.items() if name in values},
    )


def write_env_file(
    environment: Mapping[str, str] | None = None,
    file: Path = ENV_FILE,
    example: Path = ENV_EXAMPLE,
) -> bool:
    """Write `.env` from the example with random passwords, unless none are needed.

    Args:
        environment: By default this process's; where it has every password, no file is needed.
        file: The file to write, readable by its owner only. An existing file is not changed.
        example: Lines of `NAME=value`; a `..._PASSWORD` without a value gets a random one.

    Returns:
        Whether a file was written.

    Raises:
        EcomError: It cannot be written.
    """
    given = _set(os.environ if environment is None else environment)
    if file.exists() or given.keys() >= set(PASSWORDS.values()):
        return False
    try:
        text = _BLANK_PASSWORD.sub(_with_password, example.read_text(encoding="utf-8"))
        # The image's own account, which Compose sees as none, runs it for root.
        if os.geteuid():
            text = _BLANK_USER.sub(f"ECOM_POSTGRES_USER={os.geteuid()}:{os.getegid()}", text)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
    except OSError as error:
        raise EcomError(f"cannot write {file}: {error.strerror or error}") from error
    return True


def _with_password(line: re.Match[str]) -> str:
    return f"{line[1]}={secrets.token_urlsafe(_PASSWORD_BYTES)}"


def _read(file: Path) -> Mapping[str, str | None]:
    try:
        with file.open(encoding="utf-8") as lines:
            return dotenv_values(stream=lines, interpolate=False)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise EcomError(f"cannot read {file}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise EcomError(f"cannot read {file}: it is not UTF-8 text") from error


def _set(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
