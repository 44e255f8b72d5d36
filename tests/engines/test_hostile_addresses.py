"""Addresses as pages, phones and spreadsheets leave them: the same persons on every engine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Dbt
from ecommerce_analytics.generate import ShopSpec, generate_shop

# The person that each address is of: those of one number are one person.
_ADDRESSES: Final[Mapping[str, int]] = {
    "anna@example.com": 1,
    " Anna@Example.COM ": 1,
    "anna@example.com\u00a0": 1,
    "\ufeffanna@example.com": 1,
    "\tanna@example.com\r\n": 1,
    "\u3000anna@example.com\u200b\u00a0": 1,
    "an\u200bna@exam\u00adple.com": 1,
    "\u202aanna@example.com\u202c": 1,
    # Composed and decomposed letters are two people, and so are capitals beyond ASCII.
    "j\u00f6rg@example.com": 2,
    "jo\u0308rg@example.com": 3,
    "J\u00d6RG@example.com": 4,
    # A blank within is no address of anna smith's without one.
    "anna\u00a0smith@example.com": 5,
    "anna smith@example.com": 6,
    "annasmith@example.com": 7,
    "\u212aelvin@example.com": 8,
    "kelvin@example.com": 9,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose accounts have these addresses, and then none, or blanks alone."""
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
    dbt.succeed("run", "--select", "stg_ecommerce__customers")
    return [
        (int(key), str(person), email)
        for key, person, email in dbt.query(
            "select customer_id, person_id, email from staging.stg_ecommerce__customers "
            "order by customer_id"
        )
    ]


def test_persons_are_who_the_table_says(shop: Path, tmp_path: Path) -> None:
    """On DuckDB: one person for each number, and one for each account without an address."""
    found = [person for _, person, _ in _persons(Dbt(tmp_path), shop)]
    numbers = [*_ADDRESSES.values(), -1, -2]
    pairs = set(zip(found, numbers, strict=True))
    assert len(pairs) == len(set(found)) == len(set(numbers))


def test_other_engines_find_the_same_persons(elsewhere: Dbt, shop: Path, tmp_path: Path) -> None:
    """By the same ids, with the same addresses."""
    assert _persons(elsewhere, shop) == _persons(Dbt(tmp_path), shop)
