"""Which shop a warehouse holds, and until when: what its loads have written; how it is cleared."""

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
        shop_kind: `synthetic` while nothing but generated shops was ever loaded; `own` once a
            shop's own files were, because snapshots remember them; `unknown` where tables are
            there of which no load has written.
        shop_name: The directory of the last shop, or of the last one of one's own.
        spec: What the last shop was generated from; null of any other.
        last_day: Until when the last shop was loaded, its days left out.
        days: The days of a generated shop that came after.
    """

    shop_kind: str
    shop_name: str | None = None
    spec: str | None = None
    last_day: date | None = None
    days: frozenset[date] = frozenset()


def held(engine: Engine) -> Held | None:
    """What a warehouse holds; null where nothing is loaded.

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
        # A first load that was killed: its row would have been the last step.
        return None
    shops = [number for number, (kind, *_) in enumerate(rows) if kind == "shop"]
    own = [name for _, shop_kind, name, *_ in rows if shop_kind == OWN]
    if not shops:
        return Held(OWN, own[-1]) if own else Held(UNKNOWN)
    _, shop_kind, name, spec, last_day = rows[shops[-1]]
    days = frozenset(day for kind, *_, day in rows[shops[-1] + 1 :] if kind == "day")
    return Held(OWN if own else shop_kind, own[-1] if own else name, spec, last_day, days)


def clear(engine: Engine) -> bool:
    """Remove what a generated shop left in a warehouse, half a load or build of it included.

    Returns:
        Whether there were raw tables.

    Raises:
        EcomError: It holds, or may hold, a shop of somebody's own; or cannot be cleared.
    """
    require_clearable(engine)
    had_tables = engine.has_tables
    engine.clear()
    return had_tables


def require_clearable(engine: Engine) -> None:
    """Stop at a warehouse that is not only a generated shop's.

    Raises:
        EcomError: It holds, or may hold, a shop of somebody's own; or cannot be read.
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
