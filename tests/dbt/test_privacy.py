"""A person who is erased at the source is nowhere in the warehouse after the next run."""

from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb
import pytest

from conftest import Dbt

_BUILD: Final = ("build", "--exclude-resource-type", "unit_test")
_REVENUE: Final = "select sum(net_amount), sum(total_sales_amount), count(*) from marts.fact_orders"
# A customer with orders, also as a guest, and the person's data where it cannot be overlooked.
_PREPARE: Final = (
    "create table person as select any_value(customer_id) as id from raw_data.orders "
    "where customer_id is not null and not is_test group by customer_id "
    "order by count(*) desc, customer_id limit 1",
    "update raw_data.customers set customer_name = 'Zenobia Q. Canary', "
    "email = 'Zenobia.Canary@Example.net', city = 'Canaryville' "
    "where customer_id = (select id from person)",
    "update raw_data.orders set email = 'Zenobia.Canary@Example.net' "
    "where customer_id = (select id from person) "
    "or order_id = (select min(order_id) from raw_data.orders where customer_id is null)",
)
# As the shop's own system would erase: the account goes, what must stay forgets.
_ERASE: Final = (
    "delete from raw_data.customers where customer_id = (select id from person)",
    "update raw_data.orders set email = null, customer_id = null, "
    "loaded_at = loaded_at + interval 1 day "
    "where email = 'Zenobia.Canary@Example.net'",
    "update raw_data.marketing_touchpoints set customer_id = null, "
    "loaded_at = loaded_at + interval 1 day where customer_id = (select id from person)",
)


@pytest.fixture(scope="module")
def erased(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Built, the person erased, and built again; the figures of before stand in a table."""
    dbt = Dbt(tmp_path_factory.mktemp("privacy"))
    dbt.load(small_shop_dir)
    dbt.execute(*_PREPARE)
    dbt.succeed(*_BUILD)
    assert _places(dbt.warehouse) > {
        "raw_data.customers.customer_name",
        "snapshots.customer_snapshot.customer_name",
    }
    dbt.execute(f"create table before as {_REVENUE}", *_ERASE)
    dbt.succeed(*_BUILD)
    return dbt


def test_nothing_personal_is_left(erased: Dbt) -> None:
    """No table, view, snapshot or stored failure has a name, an e-mail or an address of theirs."""
    assert not _places(erased.warehouse)


def test_revenue_is_what_it_was(erased: Dbt) -> None:
    """What they bought stays bought."""
    before, now = erased.query("from before"), erased.query(_REVENUE)
    assert before == now
    assert now[0][0] > Decimal(0)


def test_that_they_were_there_is_on_record(erased: Dbt) -> None:
    """Without who they were."""
    versions = erased.query(
        "select is_deleted, city from marts.dim_customers_history "
        "where customer_id = (select id from person) order by version_number"
    )
    assert [deleted for deleted, _ in versions] == [False, True]
    assert {city for _, city in versions} == {None}


def _places(warehouse: Path) -> set[str]:
    """The columns in which a name, an e-mail or an address of the person stands."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where data_type = 'VARCHAR' and table_name not in ('person', 'before')"
        ).fetchall()
        return {
            f"{schema}.{table}.{column}"
            for schema, table, column in columns
            if connection.execute(
                f'select 1 from {schema}."{table}" '  # noqa: S608
                f"where regexp_matches(\"{column}\", '(?i)zenobia|canary') limit 1"
            ).fetchone()
        }
