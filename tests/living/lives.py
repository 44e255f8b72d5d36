"""A simulated shop, rebuilt from its files only: the base, then each day's batch."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.living import advance
from generate.rules import RULES, contract_rules
from generate.shops import Shop

SPEC: Final = ShopSpec(customers=300, orders=1_500, start=date(2024, 1, 1))
DAYS: Final = 30

_DENSE: Final = "order ids rise from day to day without a gap"
# A late order gets its id on the day it was placed, so the ids have a gap until it arrives.
LIVING_RULES: Final = {
    **contract_rules(),
    **{name: query for name, query in RULES.items() if name != _DENSE},
    "order ids rise from day to day": """
        select * from (
            select lag(cast(local_time(ordered_at) as date)) over (order by order_id)
                > cast(local_time(ordered_at) as date) as falls
            from orders
        ) where falls""",
}


def live(folder: Path, spec: ShopSpec, days: int) -> Shop:
    """Generate a shop, simulate days, and open the result."""
    generate_shop(spec, folder)
    return replay(spec, folder, advance(folder, days))


def month_of_life(directory: Path) -> tuple[Path, Sequence[Path]]:
    """The shop of `SPEC` and the batches of its 30 days, created in a directory."""
    generate_shop(SPEC, directory / "shop")
    return directory / "shop", advance(directory / "shop", DAYS)


def replay(spec: ShopSpec, folder: Path, batches: Sequence[Path]) -> Shop:
    """Open the shop as it is after some batches."""
    shop = Shop.open(spec, folder, kind="table")
    for batch in batches:
        apply(shop, batch)
    return shop


def apply(shop: Shop, batch: Path) -> None:
    """Apply one batch by its layout: deleted keys, then rows by key."""
    for table in load_contract().tables:
        key = ", ".join(table.key)
        gone, rows = batch / f"{table.name}.deleted.parquet", batch / f"{table.name}.parquet"
        for path in (gone, rows):
            if path.exists():
                shop.connection.execute(
                    f"delete from {table.name} where ({key}) in (select ({key}) from '{path}')"  # noqa: S608
                )
        if rows.exists():
            shop.connection.execute(f"insert into {table.name} by name from '{rows}'")


def digests(folder: Path) -> dict[str, str]:
    """The hash of every file of the days below `folder`, except the simulation state."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "days").rglob("*.*"))
        if path.is_file() and not path.name.startswith("state.duckdb")
    }
