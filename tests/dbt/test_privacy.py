"""After an erasure, the next run removes the person from everything that dbt builds."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb
import pytest

from conftest import Dbt
from ecommerce_analytics.load.erase import BLANKS, INVISIBLE, erase
from ecommerce_analytics.paths import DBT_PROJECT

_BUILD: Final = ("build", "--exclude-resource-type", "unit_test")
_TOTALS: Final = (
    "select sum(net_amount), sum(total_sales_amount), count(*), count(distinct person_id), "
    "count(distinct customer_id), sum(is_guest::int) from marts.fact_orders"
)
# A customer with account and guest orders, with data that is easy to find.
_PREPARE: Final = (
    "create table if not exists person as select any_value(customer_id) as id from raw_data.orders "
    "where customer_id is not null and not is_test group by customer_id "
    "order by count(*) desc, customer_id limit 1",
    "update raw_data.customers set customer_name = 'Zenobia Q. Canary', "
    "email = 'Zenobia.Canary@Example.net', city = 'Canaryville' "
    "where customer_id = (select id from person)",
    "update raw_data.orders set email = 'Zenobia.Canary@Example.net' "
    "where customer_id = (select id from person) "
    "or order_id = (select min(order_id) from raw_data.orders where customer_id is null)",
)
# The shop's own system would delete the account; the other tables keep their rows.
_GONE: Final = (
    "delete from raw_data.customers where customer_id = (select id from person)",
    "update raw_data.orders set email = null, customer_id = null, "
    "loaded_at = loaded_at + interval 1 day "
    "where email = 'Zenobia.Canary@Example.net'",
    "update raw_data.marketing_touchpoints set customer_id = null, "
    "loaded_at = loaded_at + interval 1 day where customer_id = (select id from person)",
)


@pytest.fixture(scope="module")
def before(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The state before: a build with the person, their id and the totals."""
    dbt = Dbt(tmp_path_factory.mktemp("before"))
    dbt.load(small_shop_dir)
    dbt.execute(*_PREPARE)
    dbt.succeed(*_BUILD)
    assert _places(dbt.warehouse) > {
        "staging.stg_ecommerce__customers.customer_name",
        "snapshots.customer_snapshot.customer_name",
    }
    dbt.execute(
        f"create table before as {_TOTALS}",
        "create table person_before as select person_id from staging.stg_ecommerce__customers "
        "where customer_id = (select id from person)",
    )
    return dbt


def test_accounts_with_the_same_address_are_erased_too(
    small_shop_dir: Path, tmp_path: Path
) -> None:
    """Accounts with the same address after trimming and ignoring case are erased too.

    The loader finds them without dbt, so its list of characters must equal the macro's.
    """
    dbt = Dbt(tmp_path)
    dbt.load(small_shop_dir)
    spellings = {1: "Z@b.c", 2: " z@B.C\u00a0", 3: "\ufeffz@b.\u200bc\t", 4: "z @b.c", 5: "\u2003"}
    dbt.execute(
        "update raw_data.customers set email = null",
        *(
            f"update raw_data.customers set email = '{email}' where customer_id = {key}"  # noqa: S608
            for key, email in spellings.items()
        ),
    )
    assert erase(dbt.engine, ["1"]).sharing == ["2", "3"]
    assert erase(dbt.engine, ["5"]).sharing == []
    macro = (DBT_PROJECT / "macros/portable/strip_blanks.sql").read_text(encoding="utf-8")
    written = "".join(re.findall(r'"((?:\\[tnr]| |\\x..|\\u....)+)"', macro))
    characters = written.encode("ascii").decode("unicode_escape")
    assert sorted(characters) == sorted(BLANKS + INVISIBLE)


@pytest.fixture(scope="module", params=["still exported", "gone from the export"])
def erased(
    request: pytest.FixtureRequest,
    before: Dbt,
    small_shop_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Dbt:
    """The person erased on request, and rebuilt after a load with or without the account."""
    dbt = Dbt(tmp_path_factory.mktemp("privacy"))
    dbt.take(before)
    ((key,),) = dbt.query("from person")
    done = erase(dbt.engine, [str(key)])
    assert (done.customers, done.sharing, done.unknown) == ((str(key),), [], [])
    if request.param == "still exported":
        dbt.load(small_shop_dir)
        dbt.execute(*_PREPARE)
    else:
        dbt.execute(*_GONE)
    dbt.succeed(*_BUILD)
    return dbt


def test_nothing_personal_is_left(erased: Dbt) -> None:
    """No table, view, snapshot or stored failure has the person's name, e-mail or address."""
    assert not _places(erased.warehouse)


def test_the_request_is_kept(erased: Dbt) -> None:
    """A full load adds requests and drops none."""
    assert erased.query("select customer_id from raw_data.erasures") == erased.query("from person")


def test_their_person_does_not_follow_from_the_address(erased: Dbt) -> None:
    """The id derived from the address is in no model of the present."""
    columns = erased.query(
        "select table_schema, table_name from information_schema.columns "
        "where column_name = 'person_id' and table_schema in ('staging', 'snapshots', 'marts')"
    )
    assert len(columns) > 3
    for schema, table in columns:
        found = erased.query(
            f"select count(*) from {schema}.{table} "  # noqa: S608
            "where person_id = (select person_id from person_before)"
        )
        assert found == [(0,)], f"{schema}.{table}"


def test_totals_are_what_they_were(erased: Dbt) -> None:
    """Revenue and customer counts stay the same, guests included."""
    before, now = erased.query("from before"), erased.query(_TOTALS)
    if erased.query("select 1 from raw_data.customers where customer_id = (select id from person)"):
        assert before == now
    assert before[0][:3] == now[0][:3]
    assert now[0][0] > Decimal(0)


def test_that_they_were_there_is_on_record(erased: Dbt) -> None:
    """The erasure is recorded without personal data."""
    versions = erased.query(
        "select is_deleted, city from marts.dim_customers_history "
        "where customer_id = (select id from person) order by version_number"
    )
    assert len(versions) > 1
    assert {city for _, city in versions} == {None}
    there = "select 1 from raw_data.customers where customer_id = (select id from person)"
    assert versions[-1][0] == (not erased.query(there))


def _places(warehouse: Path) -> set[str]:
    """The columns that contain the person's name, e-mail or address."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where data_type = 'VARCHAR' and table_schema not in ('raw_data', 'main')"
        ).fetchall()
        return {
            f"{schema}.{table}.{column}"
            for schema, table, column in columns
            if connection.execute(
                f'select 1 from {schema}."{table}" '  # noqa: S608
                f"where regexp_matches(\"{column}\", '(?i)zenobia|canary') limit 1"
            ).fetchone()
        }
