"""Which shop a warehouse holds, up to which day, according to its loads; and how to clear it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError, MissingRelationError
from ecommerce_analytics.load.loads import LOADS, OWN

UNKNOWN: Final = "unknown"
_LOADS: Final = f"select kind, shop_kind, shop_name, spec, last_day from {LOADS} order by load_id"  # noqa: S608


@dataclass(frozen=True)
class Held:
    """What a warehouse holds.

    Attributes:
        shop_kind: `synthetic` if only generated shops were ever loaded; `own` after a shop's own
            files were, because snapshots keep them; `unknown` if there are tables that no
            load has recorded.
        shop_name: The directory of the last shop, or of the user's last own shop.
        spec: The last shop's specification; null if it was not generated.
        last_day: The last day of the last loaded shop, without simulated days.
        days: The number of simulated days after it.
    """

    shop_kind: str
    shop_name: str | None = None
    spec: str | None = None
    last_day: date | None = None
    days: frozenset[date] = frozenset()


def held(engine: Engine) -> Held | None:
    """What a warehouse holds; null if nothing is loaded.

    Raises:
        EcomError: It cannot be read.
    """
    if not engine.has_tables:
        return None
    try:
        rows = engine.rows(_LOADS)
        is_there = True
    except MissingRelationError:
        rows, is_there = [], False
    if not rows and is_there and not engine.applies_whole:
        # A first load that was killed: its row is written last.
        return None
    shops = [number for number, (kind, *_) in enumerate(rows) if kind == "shop"]
    own = [name for _, shop_kind, name, *_ in rows if shop_kind == OWN]
    if not shops:
        return Held(OWN, own[-1]) if own else Held(UNKNOWN)
    _, shop_kind, name, spec, last_day = rows[shops[-1]]
    days = frozenset(day for kind, *_, day in rows[shops[-1] + 1 :] if kind == "day")
    return Held(OWN if own else shop_kind, own[-1] if own else name, spec, last_day, days)


def clear(engine: Engine) -> bool:
    """Remove a generated shop from a warehouse, including a partial load or build.

    Returns:
        Whether there were raw tables.

    Raises:
        EcomError: It holds, or may hold, a user's own shop; or cannot be cleared.
    """
    require_clearable(engine)
    had_tables = engine.has_tables
    engine.clear()
    return had_tables


def require_clearable(engine: Engine) -> None:
    """Stop at a warehouse with anything other than a generated shop.

    Raises:
        EcomError: It holds, or may hold, a user's own shop; or cannot be read.
    """
    what = held(engine)
    if what is None:
        return
    if what.shop_kind == OWN:
        raise EcomError(
            f"{engine.place} holds a shop of your own (loaded from {what.shop_name}) and stays as "
            "it is; name another warehouse, or remove this one yourself"
        )
    if what.shop_kind == UNKNOWN:
        raise EcomError(
            f"{engine.place} has tables that no load of this version has brought, perhaps a shop "
            "of your own, and stays as it is; name another warehouse, or remove this one yourself"
        )
