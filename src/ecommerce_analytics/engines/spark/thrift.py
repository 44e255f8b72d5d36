"""A Spark cluster's Thrift server: its location, and running one statement at a time."""

import os
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ecommerce_analytics.errors import EcomError

_HOST: Final = "ECOM_SPARK_HOST"
_PORT: Final = "ECOM_SPARK_PORT"
_USER: Final = "ECOM_SPARK_USER"
_EXCHANGE: Final = "ECOM_SPARK_EXCHANGE"
_DEFAULT_PORT: Final = "10000"
_LARGEST_PORT: Final = 65535
_QUERIES: Final = frozenset(("select", "with", "describe", "show"))


@dataclass(frozen=True)
class ThriftSettings:
    """The server's location, and the directory that it shares with this machine."""

    host: str
    port: int
    user: str
    exchange: Path

    @classmethod
    def from_environment(cls) -> "ThriftSettings":
        """The settings of the environment, with the profile's defaults.

        Raises:
            EcomError: The port is not valid.
        """
        port = os.environ.get(_PORT, _DEFAULT_PORT)
        if not port.isdigit() or not 0 < int(port) <= _LARGEST_PORT:
            raise EcomError(f"{_PORT} is {port!r}, expected a port number such as {_DEFAULT_PORT}")
        return cls(
            host=os.environ.get(_HOST, "127.0.0.1"),
            port=int(port),
            user=os.environ.get(_USER, "ecom"),
            exchange=Path(os.environ.get(_EXCHANGE, tempfile.gettempdir())),
        )

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of dbt's profile, after the server has responded.

        Raises:
            EcomError: It does not respond.
        """
        try:
            socket.create_connection((self.host, self.port), timeout=10).close()
        except OSError as error:
            raise EcomError(thrift_refusal(self, f"Could not connect: {error}") or "") from error
        return {_HOST: self.host, _PORT: str(self.port), _USER: self.user}


def ask(settings: ThriftSettings, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement.

    Args:
        settings: The server.
        statement: One statement in SQL.

    Returns:
        The rows; none if the statement returns none.
    """
    from pyhive import hive  # type: ignore[import-untyped]

    connection = hive.connect(
        host=settings.host,
        port=settings.port,
        username=settings.user,
        configuration={"spark.sql.session.timeZone": "UTC"},
    )
    try:
        cursor = connection.cursor()
        cursor.execute(statement)
        # For a statement without rows the server claims to have some, and the driver fails.
        words = statement.split(maxsplit=1)
        is_query = words[0].lower() in _QUERIES
        return [tuple(row) for row in cursor.fetchall()] if is_query else []
    finally:
        connection.close()


def thrift_refusal(settings: ThriftSettings, message: str) -> str | None:
    """Translate the driver's error message into a sentence about the server.

    Null if the message is about something else.
    """
    if any(words in message for words in ("Could not connect", "failed to connect")):
        return (
            f"no Spark Thrift server answers on {settings.address}; start it, or name another: "
            f"{_HOST} and {_PORT}"
        )
    if any(
        words in message
        for words in ("Connection lost", "TSocket read 0 bytes", "Connection reset", "Broken pipe")
    ):
        return (
            f"the Spark Thrift server on {settings.address} ended while it was asked; "
            "start it again and run the same command, which does over what was left undone"
        )
    return None
