"""The shop of the default size, generated once."""

import pytest

from ecommerce_analytics.generate import ShopSpec

from .shops import Shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """10,000 customers, 50,000 orders, three years."""
    return Shop.generate(ShopSpec(), tmp_path_factory.mktemp("generated") / "shop")
