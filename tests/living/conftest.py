"""A small shop that has lived on for a month."""

import pytest

from generate.shops import Shop

from .lives import live


@pytest.fixture(scope="session")
def living(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """300 customers, 1,500 orders in two years, and 30 days behind them. Not to be written to."""
    return live(tmp_path_factory.mktemp("living") / "shop")
