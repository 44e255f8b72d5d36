"""Quoting for the SQL that the loader writes, and the connection that runs it."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


def literal(text: str) -> str:
    """The text as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """The name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def reader() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with machine-independent settings and without network access."""
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    except RuntimeError as error:
        # DuckDB's error for Ctrl-C during a query.
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from error
        raise
    finally:
        connection.close()
