"""Load times: always later than the load before, regardless of the machine's clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from ecommerce_analytics.contract import LOADED_AT
from ecommerce_analytics.load.sql import literal

_STEP: Final = timedelta(microseconds=1)


def next_stamp(given: datetime | None, latest: datetime | None) -> datetime:
    """The load time of a load's rows.

    Args:
        given: The caller's time, with a time zone; it is used unchanged.
        latest: The latest load time in the raw tables, UTC without a zone; null if there is none.

    Returns:
        The given time, else the later of now and a microsecond after the latest load time; UTC
        without a zone.
    """
    moment = (given or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    if given is None and latest is not None:
        return max(moment, latest + _STEP)
    return moment


def latest_stamp(tables: Sequence[str]) -> str:
    """A query of the latest load time in these tables, in any engine's SQL."""
    each = " union all ".join(
        f"select max({LOADED_AT}) as stamp from {table}"  # noqa: S608
        for table in tables
    )
    return f"select max(stamp) from ({each}) as stamps"  # noqa: S608


def stamped(relation: str, stamp: datetime) -> str:
    """DuckDB's SELECT of a relation's rows with this load time."""
    moment = f"cast({literal(stamp.isoformat(sep=' '))} as timestamp)"
    return f"select * replace ({moment} as {LOADED_AT}) from {relation}"  # noqa: S608
