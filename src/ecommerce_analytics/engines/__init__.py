"""The engines that a warehouse can live on, each behind the same few operations.

A command never asks which engine it is on: it takes the one that the dbt target names. What an
engine's SQL has of its own stays in its module, as it stays in dispatched macros in the dbt
project.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecommerce_analytics.paths import DEFAULT_WAREHOUSE

if TYPE_CHECKING:
    from ecommerce_analytics.engines.base import Engine

TARGETS: Final = ("duckdb", "postgres")


def engine_for(target: str, warehouse: Path = DEFAULT_WAREHOUSE) -> "Engine":
    """The engine behind a dbt target, which is not reached for yet.

    Args:
        target: One of `TARGETS`.
        warehouse: The DuckDB file; the servers' addresses come from the environment.

    Returns:
        The engine.

    Raises:
        EcomError: A server's settings are not right.
    """
    if target == "postgres":
        from ecommerce_analytics.engines.postgres import PostgresEngine
        from ecommerce_analytics.postgres.settings import load_settings

        return PostgresEngine(load_settings())
    from ecommerce_analytics.engines.duckdb import DuckDBEngine

    return DuckDBEngine(warehouse)
