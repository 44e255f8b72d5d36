"""Queries marts by name, and records which ones were read."""

import re
from collections.abc import Mapping
from typing import Final

from ecommerce_analytics.engines.base import Engine, Row
from ecommerce_analytics.errors import EcomError, MissingRelationError

_REF: Final = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")
_SEED: Final = re.compile(r"\{\{ seed\('(\w+)'\) \}\}")
_AUDIT: Final = re.compile(r"\{\{ audit\('(\w+)'\) \}\}")
_PART: Final = re.compile(r"\{\{ (\w+) \}\}")


class Reader:
    """Runs SQL on a built warehouse; marts are named as in dbt: `{{ ref('orders_daily') }}`."""

    def __init__(self, engine: Engine, answers: dict[str, list[Row]] | None = None) -> None:
        """Read from an engine's marts.

        Args:
            engine: The warehouse.
            answers: Cached rows by query.
        """
        self._engine = engine
        self._answers = {} if answers is None else answers
        self._models: set[str] = set()

    @property
    def target(self) -> str:
        """The engine's dbt target."""
        return self._engine.target

    @property
    def models(self) -> frozenset[str]:
        """The marts read so far."""
        return frozenset(self._models)

    def again(self) -> "Reader":
        """A new reader that shares the cache."""
        return Reader(self._engine, self._answers)

    def rows(self, query: str, **parts: str) -> list[Row]:
        """The rows of a query.

        Args:
            query: SQL that all engines understand, with `{{ ref('x') }}` for the mart x,
                `{{ seed('x') }}` for the seed x, `{{ audit('x') }}` for the audit table x, and
                `{{ x }}` for the part x.
            parts: SQL to insert.

        Returns:
            The rows.

        Raises:
            EcomError: The warehouse cannot be read, or a mart has not been built yet.
        """
        try:
            return self._rows(query, parts)
        except MissingRelationError as error:
            raise EcomError(
                f"{self._engine.place} has not all the marts yet ({error}); build them: ecom build"
            ) from error

    def rows_if_built(self, query: str, **parts: str) -> list[Row] | None:
        """As `rows`, but null if a mart has not been built; for optional panels."""
        try:
            return self._rows(query, parts)
        except MissingRelationError:
            return None

    def _rows(self, query: str, parts: Mapping[str, str]) -> list[Row]:
        query = _PART.sub(lambda part: parts[part[1]], query)
        models = set(_REF.findall(query))
        for names, schema in ((_REF, "marts"), (_SEED, "seeds"), (_AUDIT, "audit")):
            query = names.sub(rf"{schema}.\1", query)
        if query not in self._answers:
            self._answers[query] = self._engine.rows(query)
        self._models |= models
        return self._answers[query]
