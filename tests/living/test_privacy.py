"""Who asks to be forgotten is: no name, address or e-mail is left, and revenue stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from generate.shops import Shop

from .lives import SPEC, apply

_NORMAL = "lower(trim(email))"


@dataclass(frozen=True)
class Erasure:
    """One evening's erasures: the accounts, and every address that was theirs."""

    batch: Path
    customers: tuple[int, ...]
    emails: tuple[str, ...]


@pytest.fixture(scope="module")
def erasures(living: Shop) -> list[Erasure]:
    """All of the month, found by what the tables held the evening before."""
    return list(_erasures(living))


def _erasures(living: Shop) -> Iterator[Erasure]:
    shop = Shop.open(SPEC, living.folder, kind="table")
    for batch in sorted((living.folder / "days").glob("2026-*")):
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
    """The tests below would otherwise hold for nobody."""
    assert len(erasures) > 2
    assert any(erasure.emails for erasure in erasures)


def test_nothing_personal_is_left(living: Shop, erasures: list[Erasure]) -> None:
    """In the tables as they stand, and in every batch from that day on."""
    for erasure in erasures:
        for table in ("customers", "orders", "marketing_touchpoints"):
            assert _count(living, table, "customer_id", erasure.customers) == 0
        for table in ("customers", "orders"):
            assert _count(living, table, _NORMAL, erasure.emails) == 0
        later = [b for b in erasure.batch.parent.glob("2026-*") if b.name >= erasure.batch.name]
        for batch in later:
            for table in ("customers", "orders", "marketing_touchpoints"):
                path = batch / f"{table}.parquet"
                if path.exists():
                    assert _count(living, f"'{path}'", "customer_id", erasure.customers) == 0
                    if table != "marketing_touchpoints":
                        assert _count(living, f"'{path}'", _NORMAL, erasure.emails) == 0


def test_nothing_personal_is_left_in_the_books(living: Shop, erasures: list[Erasure]) -> None:
    """What was still to happen to the person does not."""
    path = living.folder / "days" / "state.duckdb"
    with duckdb.connect(str(path), read_only=True) as books:
        columns = books.execute(
            "select schema_name || '.' || table_name, column_name, data_type "
            "from duckdb_columns() where database_name = current_database() "
            "and schema_name in ('raw_data', 'hidden')"
        ).fetchall()
        for erasure in erasures:
            for table, column, kind in columns:
                if column in ("customer_id", "person"):
                    query = f"select count(*) from {table} where list_contains(?, {column})"  # noqa: S608
                    assert books.execute(query, [erasure.customers]).fetchone() == (0,), table
                elif kind == "VARCHAR":
                    query = (
                        f"select count(*) from {table} "  # noqa: S608
                        f"where list_contains(?, lower(trim({column})))"
                    )
                    assert books.execute(query, [erasure.emails]).fetchone() == (0,), table


def test_revenue_stays(living: Shop, erasures: list[Erasure]) -> None:
    """The person's orders are there to the cent, as orders of nobody, and so are their touches."""
    shop = Shop.open(SPEC, living.folder, kind="table")
    by_batch = {erasure.batch: erasure for erasure in erasures}
    stripped = 0
    for batch in sorted((living.folder / "days").glob("2026-*")):
        erasure = by_batch.get(batch)
        if erasure:
            shop.connection.execute(
                "create or replace temp table theirs as select order_id, order_total, "  # noqa: S608
                "(select count(*) from marketing_touchpoints "
                "where list_contains(?, customer_id)) as touches from orders "
                f"where list_contains(?, customer_id) or list_contains(?, {_NORMAL})",
                [erasure.customers, erasure.customers, erasure.emails],
            )
            touches = shop.value("select count(*) from marketing_touchpoints")
        apply(shop, batch)
        if erasure:
            assert shop.value(
                "select count(*) from theirs join orders using (order_id) "
                "where orders.order_total = theirs.order_total "
                "and customer_id is null and email is null"
            ) == shop.value("select count(*) from theirs")
            assert shop.value("select count(*) from marketing_touchpoints") >= touches
            stripped += shop.value("select count(*) from theirs")
    assert stripped > 0


def _count(shop: Shop, table: str, column: str, values: tuple[object, ...]) -> int:
    found = shop.connection.execute(
        f"select count(*) from {table} where list_contains(?, {column})",  # noqa: S608
        [values],
    ).fetchone()
    assert found is not None
    return int(found[0])
