"""The shop of the default size, opened for queries."""

from pathlib import Path

import pytest

from ecommerce_analytics.generate import ShopSpec

from .shops import Shop


@pytest.fixture(scope="session")
def shop(shop_dir: Path) -> Shop:
    """10,000 customers, 50,000 orders, three years."""
    return Shop.open(ShopSpec(), shop_dir)
