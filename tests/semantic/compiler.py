"""MetricFlow as a compiler: turns a metric query into SQL for the warehouse.

`mf` runs the same SQL and returns floats. Here numbers stay exact.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from metricflow.data_table.mf_table import MetricFlowDataTable
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlClient, SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from metricflow_semantics.sql.sql_bind_parameters import SqlBindParameterSet

_DIALECTS: Final[Mapping[str, tuple[SqlEngine, type[SqlPlanRenderer]]]] = {
    "duckdb": (SqlEngine.DUCKDB, DuckDbSqlPlanRenderer),
    "postgres": (SqlEngine.POSTGRES, PostgresSQLSqlPlanRenderer),
}
_NO_PARAMETERS: Final = SqlBindParameterSet()


class _Dialect(SqlClient):
    """The client that MetricFlow needs to write SQL; it runs nothing."""

    def __init__(self, target: str) -> None:
        self._engine, self._renderer = _DIALECTS[target]

    @property
    def sql_engine_type(self) -> SqlEngine:
        return self._engine

    @property
    def sql_plan_renderer(self) -> SqlPlanRenderer:
        return self._renderer()

    def query(
        self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = _NO_PARAMETERS
    ) -> MetricFlowDataTable:
        raise NotImplementedError

    def execute(
        self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = _NO_PARAMETERS
    ) -> None:
        raise NotImplementedError

    def dry_run(
        self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = _NO_PARAMETERS
    ) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        raise NotImplementedError


class Compiler:
    """The metrics of one semantic manifest, for one engine."""

    def __init__(self, manifest: Mapping[str, Any], target: str = "duckdb") -> None:
        """Read a semantic manifest as dbt writes it.

        Args:
            manifest: The content of `semantic_manifest.json`.
            target: The dbt target for the SQL, `duckdb` or `postgres`.
        """
        parsed = parse_manifest_from_dbt_generated_manifest(json.dumps(manifest))
        self._engine = MetricFlowEngine(SemanticManifestLookup(parsed), _Dialect(target))

    def sql(self, metric: str, *group_by: str) -> str:
        """The query for one metric, in total or by something like `metric_time__month`."""
        return self._sql(metric_names=[metric], group_by_names=group_by)

    def saved_query(self, name: str) -> str:
        """The SQL of a saved query."""
        return self._sql(saved_query_name=name)

    def _sql(self, **question: str | Sequence[str]) -> str:
        request = MetricFlowQueryRequest.create(**question)  # type: ignore[arg-type]
        return str(self._engine.explain(request).sql_statement.without_descriptions.sql)
