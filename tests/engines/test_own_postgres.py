"""An existing PostgreSQL server: the user's own profile, roles and raw tables, with plain dbt."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from ecommerce_analytics.contract import Column, load_contract
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.postgres.settings import SUPERUSER
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.paths import DBT_PROJECT
from postgres.servers import TestServer, a_server

_DBT: Final = "from dbt.cli.main import cli; cli()"
_NAMES: Final = {"orders": "sales_orders", "customers": "web_users"}
_VARS: Final = {"raw_schema": "erp", "raw_tables": _NAMES}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """A server without a reader's role, and a tiny shop in tables of other names and types."""
    shop = tmp_path_factory.mktemp("own") / "shop"
    generate_shop(ShopSpec(customers=15, orders=40), shop)
    with a_server() as made:
        made.start()
        PostgresEngine(made.settings).load(shop)
        for statement in (
            "create role own_dbt login password 'canary-of-own_dbt'",
            # A cast of a timestamp with time zone would use this zone.
            "alter role own_dbt set timezone = 'America/New_York'",
            f'grant connect, temporary, create on database "{made.settings.database}" to own_dbt',
            "alter role ecom_reader rename to somebody",
            "drop schema staging, intermediate, marts, snapshots, seeds, audit, test_failures, "
            "analytics cascade",
            "create schema erp authorization own_dbt",
        ):
            made.query(SUPERUSER, statement)
        for number, table in enumerate(load_contract().tables):
            columns = ", ".join(_otherwise(column, number) for column in table.columns)
            name = f"erp.{_NAMES.get(table.name, table.name)}"
            query = f"select {columns} from raw_data.{table.name}"  # noqa: S608
            made.query(SUPERUSER, f"create table {name} as {query}")
            made.query(SUPERUSER, f"alter table {name} owner to own_dbt")
        yield made


def _otherwise(column: Column, number: int) -> str:
    """A column as another system might have it: times with a zone, money as doubles or text."""
    if column.data_type == "timestamp":
        return f"timezone('UTC', {column.name}) as {column.name}"
    if column.data_type.startswith("numeric"):
        return f"cast({column.name} as {('double precision', 'text')[number % 2]})"
    return column.name


def _dbt(server: TestServer, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    output = {
        "type": "postgres",
        "host": server.settings.host,
        "port": server.settings.port,
        "dbname": server.settings.database,
        "user": "own_dbt",
        "password": "canary-of-own_dbt",
        "schema": "warehouse",
        "threads": 2,
    }
    profile = {"ecommerce_analytics": {"target": "own", "outputs": {"own": output}}}
    (directory / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    return subprocess.run(
        [
            *(sys.executable, "-P", "-c", _DBT, "--quiet", *arguments),
            *("--profiles-dir", str(directory), "--project-dir", str(DBT_PROJECT)),
            *("--target-path", str(directory / "target"), "--log-path", str(directory / "logs")),
            *("--vars", yaml.safe_dump(_VARS, default_flow_style=True)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=DBT_PROJECT,
        env=ours,
    )


def test_dbt_build_is_green(server: TestServer, tmp_path: Path) -> None:
    """`dbt build` succeeds alone; times and money have the right values."""
    built = _dbt(server, tmp_path, "build", "--exclude-resource-type", "unit_test")
    assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-1000:]
    orders = "select count(*), min(ordered_at), sum(order_total) from "
    found = server.query(SUPERUSER, orders + "warehouse_staging.stg_ecommerce__orders")
    assert found == server.query(SUPERUSER, orders + "raw_data.orders")
    assert server.scalar("select count(*) from warehouse_marts.fact_orders") > 0
    # The run created the key of the person ids, which is only in its own table.
    key = server.scalar("select secret from erp.person_key")
    assert len(key) == 64
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left
    assert not [path for path in left if key.encode() in path.read_bytes()]
    person = server.query(
        SUPERUSER,
        "select person_id, md5(secret || '-email-' || normalized_email) from erp.person_key, "
        "warehouse_staging.stg_ecommerce__customers where normalized_email is not null",
    )
    assert person
    assert all(found == expected for found, expected in person)
