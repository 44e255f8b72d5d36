"""A small shop with a simulated month."""

import pytest

from generate.shops import Shop
from once import once

from .lives import SPEC, month_of_life, replay


@pytest.fixture(scope="session")
def living(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """300 customers, 1,500 orders in two years, then 30 simulated days. Read only."""
    return replay(SPEC, *once(tmp_path_factory, "living", month_of_life))
