"""Readers of the marts during a build: their views stay, and their locks are reported."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from conftest import NO_TESTS, Dbt
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.postgres.settings import READER, SUPERUSER, TRANSFORMER
from ecommerce_analytics.generate import ShopSpec, generate_shop
from postgres.servers import TestServer, a_server

_SECONDS: Final = 300
_MODELS: Final = ("--select", "+dim_products", "+fact_orders", "+product_affinity")
# A view on a table, on an incremental table, on a view of the project, on another user's view, and
# one that the project's own role created among the marts.
_VIEWS: Final = {
    "bi.products": "select product_id, product_name from marts.dim_products",
    "bi.orders": "select * from marts.fact_orders",
    "bi.categories": "select category from staging.stg_ecommerce__products",
    "bi.names": "select product_name from bi.products",
    "marts.my_products": "select count(*) as product_count from marts.dim_products",
}


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    """A server for this module."""
    with a_server() as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def shop(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """A tiny shop's products and orders, built, with views by other users on them."""
    directory = tmp_path_factory.mktemp("readers")
    generate_shop(ShopSpec(customers=10, orders=20), directory / "shop")
    dbt = Dbt(directory, engine=PostgresEngine(server.settings))
    dbt.load(directory / "shop")
    dbt.succeed("build", *NO_TESTS, *_MODELS)
    server.query(SUPERUSER, "create schema bi")
    for name, query in _VIEWS.items():
        role = TRANSFORMER if name.startswith("marts.") else SUPERUSER
        server.query(role, f"create view {name} as {query}")
    return dbt


def _counts(server: TestServer) -> dict[str, int]:
    return {name: server.scalar(f"select count(*) from {name}") for name in _VIEWS}  # noqa: S608


@pytest.mark.parametrize("options", [(), ("--full-refresh",)], ids=["run", "full refresh"])
def test_views_of_others_stay(server: TestServer, shop: Dbt, options: tuple[str, ...]) -> None:
    """Views of other users stay and show the rows of the new build."""
    before = _counts(server)
    assert all(before.values())
    server.query(TRANSFORMER, "delete from marts.dim_products")
    shop.succeed("build", *NO_TESTS, *_MODELS, *options)
    assert _counts(server) == before
    leftovers = "select count(*) from pg_class where relkind in ('r', 'v') and relname ~ '__dbt_'"
    assert server.scalar(leftovers) == 0


def test_a_table_with_other_columns_is_not_built_over_views(server: TestServer, shop: Dbt) -> None:
    """The build names the views and leaves the table unchanged."""
    server.query(TRANSFORMER, "alter table marts.dim_products add column colour text")
    before = _counts(server)
    failed = shop.run("run", "--select", "dim_products")
    assert failed.exit_code == 1
    said = "\n".join(failed.errors)
    assert "marts.my_products" in said
    assert "bi.products, marts" in said
    assert "nothing was changed: drop them, build again, and create them again" in said
    assert _counts(server) == before
    server.query(TRANSFORMER, "alter table marts.dim_products drop column colour")
    shop.succeed("run", "--select", "dim_products")


def test_a_view_on_a_seed_is_not_dropped(server: TestServer, shop: Dbt) -> None:
    """A full refresh of a seed does not drop a view on it."""
    server.query(SUPERUSER, "create view bi.seeded as select * from seeds.product_categories")
    failed = shop.run("seed", "--full-refresh")
    assert failed.exit_code == 1
    assert "stand on it: bi.seeded" in "\n".join(failed.errors).replace('"', "")
    assert server.scalar("select count(*) from bi.seeded") > 0
    shop.succeed("seed")
    server.query(SUPERUSER, "drop view bi.seeded")


def test_a_dashboards_lock_is_named(server: TestServer, shop: Dbt) -> None:
    """After some seconds the error names the lock's process and role; the next build succeeds."""
    with closing(server.settings.connect(READER)) as dashboard:
        with dashboard.cursor() as cursor:
            cursor.execute("set application_name = 'The Dashboard'")
            cursor.execute("select count(*) from marts.dim_products")
            failed = shop.run("build", *NO_TESTS, "--select", "dim_products")
        pid = dashboard.info.backend_pid
    assert failed.exit_code == 1
    said = "\n".join(failed.errors)
    assert (
        f"dim_products is in use by The Dashboard (pid {pid}, role {READER}); let it end there, "
        "then build again"
    ) in said.replace('"', "")
    assert "build again" in (shop.engine.refusal(said) or "")
    shop.succeed("run", "--select", "dim_products")


def test_a_build_by_dbt_fails_where_a_load_came_in_between(
    server: TestServer, shop: Dbt, tmp_path: Path
) -> None:
    """A run is recorded as failed if a load came in between, and the next build is correct."""
    generate_shop(ShopSpec(customers=10, orders=20), tmp_path / "shop")
    with closing(server.settings.connect(READER)) as dashboard, dashboard.cursor() as cursor:
        # The build waits for a reader of a mart, who reads no raw table, while the shop is loaded.
        cursor.execute("select count(*) from marts.product_affinity")
        build = shop.start("run", "--select", "product_affinity")
        waiting = "select count(*) from pg_locks where not granted"
        deadline = time.monotonic() + _SECONDS
        while not server.scalar(waiting):
            assert time.monotonic() < deadline, "the build waits for no lock"
            time.sleep(0.05)
        shop.load(tmp_path / "shop")
        dashboard.rollback()
        said, _ = build.communicate(timeout=_SECONDS)
    assert build.returncode != 0
    assert "a load came in while this ran (campaign_spend_daily, campaigns, customers" in said
    last = "select status from audit.runs order by started_at desc limit 1"
    assert server.scalar(last) == "failed"
    shop.succeed("run", "--select", "product_affinity")
    assert server.scalar(last) == "succeeded"
