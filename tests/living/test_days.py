"""Simulated days: the same bytes in any division of runs, and every rule holds."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.living import advance, existing_days
from generate.shops import Shop
from generate.test_rules import EDGES

from .lives import DAYS, LIVING_RULES, SPEC, apply, digests, live, replay

_SMALL = ShopSpec(customers=120, orders=700, start=date(2024, 6, 1))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop without simulated days. Read only."""
    path = tmp_path_factory.mktemp("small") / "shop"
    generate_shop(_SMALL, path)
    return path


def test_single_days_are_the_same_bytes_as_all_at_once(small: Path, tmp_path: Path) -> None:
    """Days simulated one by one have the same bytes as all at once."""
    one, many = tmp_path / "one", tmp_path / "many"
    for path in (one, many):
        shutil.copytree(small, path)
    advance(one, 4)
    batches = [batch for _ in range(4) for batch in advance(many, 1)]
    assert [batch.name for batch in batches] == [f"2026-01-0{day}" for day in range(1, 5)]
    assert digests(one) == digests(many)
    assert len(digests(one)) > 25


def test_another_seed_lives_another_life(small: Path, tmp_path: Path) -> None:
    """Another seed gives other days."""
    other = tmp_path / "other"
    generate_shop(ShopSpec(120, 700, seed=7, start=date(2024, 6, 1)), other)
    shutil.copytree(small, tmp_path / "shop")
    assert digests(other).keys() == digests(tmp_path / "shop").keys() == set()
    one, two = (advance(path, 1)[0] for path in (other, tmp_path / "shop"))
    assert (one / "campaign_spend_daily.parquet").read_bytes() != (
        two / "campaign_spend_daily.parquet"
    ).read_bytes()


def test_the_generated_files_stay(small: Path, tmp_path: Path) -> None:
    """The generated files are not changed."""
    shop = tmp_path / "shop"
    shutil.copytree(small, shop)
    advance(shop, 2)
    for path in small.rglob("*.*"):
        assert (shop / path.relative_to(small)).read_bytes() == path.read_bytes()
    assert existing_days(shop) == [date(2026, 1, 1), date(2026, 1, 2)]


def test_every_rule_holds_after_every_fifth_day(living: Shop) -> None:
    """The generated shop's rules still hold, except the rule against gaps in order ids."""
    batches = sorted((living.folder / "days").glob("2026-*"))
    assert len(batches) == DAYS
    broken = []
    for days in range(5, DAYS + 1, 5):
        shop = replay(SPEC, living.folder, batches[:days])
        broken += [
            (days, rule)
            for rule, query in LIVING_RULES.items()
            if shop.connection.execute(query).fetchone()
        ]
    assert broken == []


@pytest.mark.parametrize("edge", ["nobody", "one order", "one day"])
def test_shops_at_the_edges_live_too(edge: str, tmp_path: Path) -> None:
    """Days can be simulated without customers, with one order, or with a history of one day."""
    shop = live(tmp_path / "shop", EDGES[edge], 3)
    broken = [rule for rule, sql in LIVING_RULES.items() if shop.connection.execute(sql).fetchone()]
    assert broken == []
    assert len(existing_days(shop.folder)) == 3


def test_csv_lives_as_parquet_does(tmp_path: Path) -> None:
    """A shop of CSV files gives the same days; the days are Parquet."""
    for file_format in ("parquet", "csv"):
        generate_shop(SPEC, tmp_path / file_format, file_format=file_format)
        advance(tmp_path / file_format, 2)
    assert digests(tmp_path / "parquet") == digests(tmp_path / "csv")


def test_what_changes_on_a_day_says_so(living: Shop) -> None:
    """A changed row has an `updated_at` of the day."""
    shop = Shop.open(SPEC, living.folder, kind="table")
    for batch in sorted((living.folder / "days").glob("2026-*")):
        for table, key in (
            ("customers", "customer_id"),
            ("orders", "order_id"),
            ("order_items", "order_item_id"),
            ("products", "product_id"),
            ("campaigns", "campaign_id"),
        ):
            path = batch / f"{table}.parquet"
            if path.exists():
                stray = shop.connection.execute(
                    f"select * from '{path}' as new semi join {table} using ({key}) "  # noqa: S608
                    f"where cast(local_time(updated_at) as date) <> date '{batch.name}'"
                ).fetchall()
                assert stray == [], (batch.name, table)
        apply(shop, batch)


def test_volume_goes_on_as_the_season_asks(tmp_path: Path) -> None:
    """The second half of February, which is simulated, sells as much as the first."""
    spec = ShopSpec(customers=2_000, orders=20_000, end=date(2024, 2, 10))
    generate_shop(spec, tmp_path / "shop")
    shop = replay(spec, tmp_path / "shop", advance(tmp_path / "shop", 7))
    counts = dict(
        shop.connection.execute(
            "select local_time(ordered_at) >= '2024-02-11', count(*) from orders "
            "where local_time(ordered_at) >= '2024-02-04' group by all"
        ).fetchall()
    )
    assert counts[True] == pytest.approx(counts[False], rel=0.15)


def test_a_directory_without_a_shop_is_refused(tmp_path: Path) -> None:
    """Only a generated shop can be simulated; a shop's own exports have no rules to follow."""
    with pytest.raises(EcomError, match="only a shop that `ecom generate` wrote can live on"):
        advance(tmp_path, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_shop_lives_forward(small: Path) -> None:
    """The number of days must be positive."""
    with pytest.raises(EcomError, match="1 day or more, not by 0"):
        advance(small, 0)
