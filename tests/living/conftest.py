"""A small shop that has lived on for a month."""

import pytest

from generate.shops import Shop
from once import once

from .lives import SPEC, month_of_life, replay


@pytest.fixture(scope="session")
def living(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """300 customers, 1,500 orders in two years, and 30 days behind them. Not to be written to."""
    return replay(SPEC, *once(tmp_path_factory, "living", month_of_life))
