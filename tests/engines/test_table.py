"""Queries return column names on every engine, which the list of failing rows needs."""

import pytest

from conftest import Dbt

_QUERY = """
select *
from (
with source as (select 2 as order_id, 'x' as found union all select 1 as order_id, null as found)
select * from source
) as failing
order by 1
limit 5
"""


@pytest.mark.parametrize("engine", ["dbt", "on_postgres", "on_spark"])
def test_names_and_rows(engine: str, request: pytest.FixtureRequest) -> None:
    """The names and rows are in order, and nothing else is returned."""
    made: Dbt = request.getfixturevalue(engine)
    if engine == "dbt":
        made.execute("select 1")
    names, rows = made.engine.table(_QUERY)
    assert list(names) == ["order_id", "found"]
    assert rows == [(1, None), (2, "x")]
