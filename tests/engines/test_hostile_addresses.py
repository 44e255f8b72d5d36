"""Addresses as web pages, phones and spreadsheets produce them give the same persons everywhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Dbt
from ecommerce_analytics.generate import ShopSpec, generate_shop

# The person of each address: the same number means the same person.
_ADDRESSES: Final[Mapping[str, int]] = {
    "anna@example.com": 1,
    " Anna@Example.COM ": 1,
    "anna@example.com\u00a0": 1,
    "\ufeffanna@example.com": 1,
    "\tanna@example.com\r\n": 1,
    "\u3000anna@example.com\u200b\u00a0": 1,
    "an\u200bna@exam\u00adple.com": 1,
    "\u202aanna@example.com\u202c": 1,
    # Composed and decomposed letters are two people, and so are non-ASCII capitals.
    "j\u00f6rg@example.com": 2,
    "jo\u0308rg@example.com": 3,
    "J\u00d6RG@example.com": 4,
    # A blank inside makes it a different address from anna smith's.
    "anna\u00a0smith@example.com": 5,
    "anna smith@example.com": 6,
    "annasmith@example.com": 7,
    "\u212aelvin@example.com": 8,
    "kelvin@example.com": 9,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose accounts have these addresses, or none, or only blanks."""
    directory = tmp_path_factory.mktemp("hostile") / "shop"
    addresses = [*_ADDRESSES, None, "\u00a0\u200b"]
    generate_shop(ShopSpec(customers=len(addresses), orders=5), directory)
    customers = pq.read_table(directory / "customers.parquet")
    assert customers.num_rows >= len(addresses)
    customers = customers.slice(0, len(addresses))
    position = customers.schema.get_field_index("email")
    emails = pa.array(addresses, customers.schema.field("email").type)
    changed = customers.set_column(position, customers.schema.field("email"), emails)
    pq.write_table(changed, directory / "customers.parquet")
    return directory


def _persons(dbt: Dbt, shop: Path) -> list[tuple[int, str, str | None]]:
    dbt.load(shop)
    # The warehouse may have held a larger shop before.
    any_volume = ("--vars", "{volume_floor: 0}")
    dbt.succeed("run", "--select", "stg_ecommerce__customers", *any_volume)
    return [
        (int(key), str(person), email)
        for key, person, email in dbt.query(
            "select customer_id, person_id, email from staging.stg_ecommerce__customers "
            "order by customer_id"
        )
    ]


def test_persons_are_who_the_table_says(shop: Path, tmp_path: Path) -> None:
    """DuckDB finds one person per number, and one per account without an address."""
    found = [person for _, person, _ in _persons(Dbt(tmp_path), shop)]
    numbers = [*_ADDRESSES.values(), -1, -2]
    pairs = set(zip(found, numbers, strict=True))
    assert len(pairs) == len(set(found)) == len(set(numbers))


def test_other_engines_find_the_same_persons(elsewhere: Dbt, shop: Path, tmp_path: Path) -> None:
    """Other engines find the same persons, with the same ids and addresses."""
    assert _persons(elsewhere, shop) == _persons(Dbt(tmp_path), shop)
