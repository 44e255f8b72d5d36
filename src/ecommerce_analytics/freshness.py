"""`ecom freshness`: `dbt source freshness` with one line per table."""

from dataclasses import dataclass
from typing import Any, Final

from ecommerce_analytics.contract import project_source
from ecommerce_analytics.dbt_runner import invoke, reason, require_loaded
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError

_HOUR: Final = 3600
# dbt's statuses for tables older than the contract's `warn_after` and `error_after`.
_LATE: Final = ("warn", "error")


@dataclass(frozen=True)
class Freshness:
    """When a table was last loaded.

    Attributes:
        table: Its name in the source contract.
        hours: Whole hours since the load.
        status: `pass`, `warn` or `error`, by the contract's limits.
        limit: After how long it is an error.
    """

    table: str
    hours: int
    status: str
    limit: str

    def __str__(self) -> str:
        """A line of the report."""
        word = "late" if self.status in _LATE else "fresh"
        return f"{self.table:<24} loaded {self.hours:>3} h ago  {word}"


def check_freshness(engine: Engine) -> list[Freshness]:
    """Check each source table; absent optional tables are skipped.

    Raises:
        EcomError: A table is out of date or missing, or the warehouse cannot be read.
    """
    require_loaded(engine)
    with engine.building():
        selection = ["--select", f"source:{project_source()}"]
        result = invoke(engine, "source freshness", selection, log_level="none")
    # dbt's return type is a union of all commands' results.
    outcomes: Any = getattr(result.result, "results", None)
    if outcomes is None:
        raise EcomError(f"dbt source freshness failed: {reason(result, engine)}")
    found, missing = [], []
    for outcome in outcomes:
        # The project's hooks run too.
        if outcome.node.resource_type != "source":
            continue
        table = outcome.node.name
        if outcome.status in ("pass", *_LATE):
            limit = outcome.node.freshness.error_after
            found.append(
                Freshness(
                    table,
                    int(outcome.age // _HOUR),
                    str(outcome.status),
                    f"{limit.count} {limit.period}s",
                )
            )
        elif not outcome.node.config.meta.get("optional"):
            missing.append(table)
    if missing:
        raise EcomError(f"nothing is loaded into {missing[0]}: run `ecom load`, then try again")
    _refuse_the_outdated(found)
    return sorted(found, key=lambda freshness: freshness.table)


def _refuse_the_outdated(found: list[Freshness]) -> None:
    outdated = [freshness for freshness in found if freshness.status == "error"]
    if outdated:
        oldest = max(outdated, key=lambda freshness: freshness.hours)
        raise EcomError(
            f"{len(outdated)} of {len(found)} tables were last loaded more than {oldest.limit} ago "
            f"({oldest.table} {oldest.hours} hours ago): run `ecom load`, then try again"
        )
