"""The engines that a warehouse can run on, each with the same few operations.

Commands do not depend on the engine: they use the one of the dbt target. Everything of an engine is
in its folder, as its SQL in the dbt project is in dispatched macros.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecommerce_analytics.paths import DEFAULT_WAREHOUSE

if TYPE_CHECKING:
    from ecommerce_analytics.engines.base import Engine

DEFAULT_TARGET: Final = "duckdb"
TARGETS: Final = ("duckdb", "postgres", "spark", "spark_cluster")


def engine_for(target: str, warehouse: Path = DEFAULT_WAREHOUSE) -> "Engine":
    """The engine of a dbt target, without connecting to it.

    Args:
        target: One of `TARGETS`.
        warehouse: The DuckDB file; the others are set by the environment.

    Returns:
        The engine.

    Raises:
        EcomError: A server's settings are wrong.
    """
    if target == "postgres":
        from ecommerce_analytics.engines.postgres.engine import PostgresEngine
        from ecommerce_analytics.engines.postgres.settings import load_settings

        return PostgresEngine(load_settings())
    if target == "spark":
        from ecommerce_analytics.engines.spark.engine import SparkEngine
        from ecommerce_analytics.engines.spark.session import default_directory

        return SparkEngine(default_directory())
    if target == "spark_cluster":
        from ecommerce_analytics.engines.spark.engine import SparkClusterEngine

        return SparkClusterEngine()
    from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine

    return DuckDBEngine(warehouse)
