"""After an erasure no name, address or e-mail is left, and revenue stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pytest

from ecommerce_analytics.generate import ShopSpec
from generate.shops import Shop

from .lives import apply, live

_NORMAL = "lower(trim(email))"


@dataclass(frozen=True)
class Erasure:
    """One day's erasures: the accounts, and all their addresses."""

    batch: Path
    customers: tuple[int, ...]
    emails: tuple[str, ...]


# Few customers, so that many guest orders belong to accounts.
_FEW: Final = ShopSpec(customers=10, orders=900, start=date(2025, 3, 1))


@pytest.fixture(scope="module", params=["many", "few"])
def shop(
    request: pytest.FixtureRequest, living: Shop, tmp_path_factory: pytest.TempPathFactory
) -> Shop:
    """A shop with a simulated month, and one of few customers with ten days."""
    if request.param == "many":
        return living
    return live(tmp_path_factory.mktemp("few") / "shop", _FEW, 10)


@pytest.fixture(scope="module")
def erasures(shop: Shop) -> list[Erasure]:
    """All erasures of the month, from the tables of the previous evening."""
    return list(_erasures(shop))


def _erasures(lived: Shop) -> Iterator[Erasure]:
    shop = Shop.open(lived.spec, lived.folder, kind="table")
    for batch in sorted((lived.folder / "days").glob("2026-*")):
        gone = batch / "customers.deleted.parquet"
        if gone.exists():
            found = shop.connection.execute(f"from '{gone}'").fetchall()
            customers = tuple(int(key) for (key,) in found)
            emails = shop.connection.execute(
                f"select distinct {_NORMAL} from ("  # noqa: S608
                "select customer_id, email from customers union all "
                "select customer_id, email from orders) "
                "where list_contains(?, customer_id) and email is not null",
                [customers],
            ).fetchall()
            yield Erasure(batch, customers, tuple(str(email) for (email,) in emails))
        apply(shop, batch)


def test_people_ask_to_be_forgotten(erasures: list[Erasure]) -> None:
    """There are erasures, or the tests below would check nothing."""
    assert erasures
    assert any(erasure.emails for erasure in erasures)


def test_each_erasure_is_asked_for(erasures: list[Erasure]) -> None:
    """The batch that deletes the accounts lists them in the contract's table too."""
    for erasure in erasures:
        with duckdb.connect() as connection:
            asked = connection.sql(f"from '{erasure.batch / 'erasures.parquet'}'").fetchall()
        assert [key for key, _ in asked] == sorted(erasure.customers)


def test_nothing_personal_is_left(shop: Shop, erasures: list[Erasure]) -> None:
    """No personal data is in the current tables, or in any batch from that day on."""
    for erasure in erasures:
        for table in ("customers", "orders", "marketing_touchpoints"):
            assert _count(shop, table, "customer_id", erasure.customers) == 0
        for table in ("customers", "orders"):
            assert _count(shop, table, _NORMAL, erasure.emails) == 0
        later = [b for b in erasure.batch.parent.glob("2026-*") if b.name >= erasure.batch.name]
        for batch in later:
            for table in ("customers", "orders", "marketing_touchpoints"):
                path = batch / f"{table}.parquet"
                if path.exists():
                    assert _count(shop, f"'{path}'", "customer_id", erasure.customers) == 0
                    if table != "marketing_touchpoints":
                        assert _count(shop, f"'{path}'", _NORMAL, erasure.emails) == 0


def test_nothing_personal_is_left_in_the_books(shop: Shop, erasures: list[Erasure]) -> None:
    """The person's planned events are deleted from the simulation state."""
    path = shop.folder / "days" / "state.duckdb"
    with duckdb.connect(str(path), read_only=True) as books:
        columns = books.execute(
            "select schema_name || '.' || table_name, column_name, data_type "
            "from duckdb_columns() where database_name = current_database() "
            "and schema_name in ('raw_data', 'hidden')"
        ).fetchall()
        for erasure in erasures:
            for table, column, kind in columns:
                # The request itself stays, so that the account is not loaded again.
                if table == "raw_data.erasures":
                    continue
                if column in ("customer_id", "person"):
                    query = f"select count(*) from {table} where list_contains(?, {column})"  # noqa: S608
                    assert books.execute(query, [erasure.customers]).fetchone() == (0,), table
                elif kind == "VARCHAR":
                    query = (
                        f"select count(*) from {table} "  # noqa: S608
                        f"where list_contains(?, lower(trim({column})))"
                    )
                    assert books.execute(query, [erasure.emails]).fetchone() == (0,), table


def test_revenue_stays(shop: Shop, erasures: list[Erasure]) -> None:
    """The person's orders and touches stay, to the cent, without the person."""
    before = Shop.open(shop.spec, shop.folder, kind="table")
    by_batch = {erasure.batch: erasure for erasure in erasures}
    stripped = 0
    for batch in sorted((shop.folder / "days").glob("2026-*")):
        erasure = by_batch.get(batch)
        if erasure:
            before.connection.execute(
                "create or replace temp table theirs as select order_id, order_total, "  # noqa: S608
                "(select count(*) from marketing_touchpoints "
                "where list_contains(?, customer_id)) as touches from orders "
                f"where list_contains(?, customer_id) or list_contains(?, {_NORMAL})",
                [erasure.customers, erasure.customers, erasure.emails],
            )
            touches = before.value("select count(*) from marketing_touchpoints")
        apply(before, batch)
        if erasure:
            assert before.value(
                "select count(*) from theirs join orders using (order_id) "
                "where orders.order_total = theirs.order_total "
                "and customer_id is null and email is null"
            ) == before.value("select count(*) from theirs")
            assert before.value("select count(*) from marketing_touchpoints") >= touches
            stripped += before.value("select count(*) from theirs")
    assert stripped > 0


def _count(shop: Shop, table: str, column: str, values: tuple[object, ...]) -> int:
    found = shop.connection.execute(
        f"select count(*) from {table} where list_contains(?, {column})",  # noqa: S608
        [values],
    ).fetchone()
    assert found is not None
    return int(found[0])
