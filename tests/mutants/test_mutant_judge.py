"""The judge on a toy project: what a test notices, what survives, what makes no difference."""

import random
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from mutants.judge import BROKEN, NOTICED, SURVIVED, UNCHANGED, Judge, Verdict
from mutants.operators import Mutation, mutations
from mutants.page import page
from mutants.project import DataTest, Node, Project, UnitTest
from mutants.run import Draw, columns, model_outcomes
from mutants.trees import parse, parts, plain
from mutants.warehouse import Warehouse

_TOTALS = '"toy"."main"."totals"'
_SHARES = '"toy"."main"."shares"'
_VERDICT = "case when count(*) <> 0 then '{}' else 'pass' end"
_MODEL = """with lines as (select * from "toy"."main"."lines"),
final as (select id, cast(sum(price) as bigint) as price from lines where price >= 0 group by id)
select * from final"""


def _test(name: str, sql: str, *parents: str, severity: str = "error") -> DataTest:
    return DataTest(name, sql, frozenset(parents), _VERDICT.format(severity))


NEVER = _test("never", "select 1 from totals where false", "totals")
ONLY_WARNS = _test("only_warns", "select 1 from totals where price < 5", "totals", severity="warn")
SAME_TOTAL = _test(
    "same_total",
    "select 1 from (select sum(price) as total from totals) where total <> 10",
    "totals",
)
SHARES = _test(
    "shares_of_ten", "select 1 from shares group by true having sum(share) <> 1", "shares"
)


def _unit_test(expected: int) -> UnitTest:
    """The query that dbt makes of a unit test with a line of 1 and one of 2."""
    fixture = "select 1 as id, 1 as price union all select 1 as id, 2 as price"
    body = _MODEL.replace('"toy"."main"."lines"', "__dbt__cte__lines")
    return UnitTest.of(
        "adds_up",
        "with dbt_internal_unit_test_actual as (\n  select\n    id, price, 'actual' as kind\n"
        f"  from (\n    with __dbt__cte__lines as ({fixture}), {body.removeprefix('with ')}\n"
        "  ) _dbt_internal_unit_test_actual\n)\n"
        "select * from dbt_internal_unit_test_actual union all "
        f"select 1 as id, {expected} as price, 'expected' as kind",
    )


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Two models over one table."""
    path = tmp_path / "toy.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table lines (id bigint, price bigint)")
        connection.execute("insert into lines values (1, 1), (1, 3), (2, 6)")
    return path


def _judge(
    path: Path, tests: Sequence[DataTest] = (), unit_tests: tuple[UnitTest, ...] = ()
) -> Judge:
    nodes = {
        "totals": Node(
            "totals", "marts", _TOTALS, _MODEL, frozenset({"lines"}), unit_tests=unit_tests
        ),
        "shares": Node(
            "shares",
            "marts",
            _SHARES,
            "select id, price / 10 as share from totals",
            frozenset({"totals"}),
        ),
    }
    project = Project(nodes, tests, {"lines": '"toy"."main"."lines"'})
    warehouse = Warehouse(path, project)
    warehouse.rebuild_all()
    warehouse.read_states()
    return Judge(warehouse)


def _mutation(judge: Judge, operator: str, new: str) -> Mutation:
    tree = parse(_MODEL)
    found = mutations(tree, columns(judge.warehouse, tree), random.Random(1))  # noqa: S311
    return next(m for m in found if m.operator == operator and m.new.startswith(new))


def _verdict(judge: Judge, operator: str, new: str) -> Verdict:
    try:
        return judge.model("totals", _mutation(judge, operator, new), parse(_MODEL))
    finally:
        judge.warehouse.close()


def test_planted_survivor_is_found(toy: Path) -> None:
    """A test that cannot fail, and one that only warns, do not notice a wrong sum."""
    judge = _judge(toy, [NEVER, ONLY_WARNS])
    assert _verdict(judge, "other aggregate", "MAX") == Verdict(SURVIVED)


def test_data_test_notices(toy: Path) -> None:
    """The first test that fails is named."""
    judge = _judge(toy, [NEVER, SAME_TOTAL])
    assert _verdict(judge, "other aggregate", "MAX") == Verdict(NOTICED, "same_total")


def test_unit_test_notices(toy: Path) -> None:
    """A unit test sees the wrong sum of its fixture's rows."""
    judge = _judge(toy, unit_tests=(_unit_test(expected=3),))
    assert _verdict(judge, "other aggregate", "MAX") == Verdict(NOTICED, "adds_up")


def test_test_downstream_notices(toy: Path) -> None:
    """The models downstream are rebuilt for their tests."""
    judge = _judge(toy, [NEVER, SHARES])
    assert _verdict(judge, "other aggregate", "MAX") == Verdict(NOTICED, "shares_of_ten")


def test_change_without_a_changed_row_is_left_out(toy: Path) -> None:
    """No line has the price 0, so the filter's edge makes no difference here."""
    judge = _judge(toy, [SAME_TOTAL])
    assert _verdict(judge, "relaxed comparison", "price > 0") == Verdict(UNCHANGED)


def test_change_that_does_not_run_is_left_out(toy: Path) -> None:
    """What the database does not take is no mistake that could be made."""
    judge = _judge(toy)
    tree = parse(_MODEL)
    final = dict(parts(tree))["final"]
    broken = Mutation("broken", "final", (), plain(final), "", lambda _: parse("select nothing"))
    assert judge.model("totals", broken, tree) == Verdict(BROKEN)
    judge.warehouse.close()


def test_warehouse_is_as_before(toy: Path) -> None:
    """Each change is taken back."""
    judge = _judge(toy, [NEVER])
    before = judge.warehouse.execute("select * from totals order by id")
    mutation = _mutation(judge, "other aggregate", "MAX")
    judge.model("totals", mutation, parse(_MODEL))
    assert judge.warehouse.execute("select * from totals order by id") == before
    judge.warehouse.close()


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ((NEVER,), Verdict(SURVIVED)),
        ((ONLY_WARNS,), Verdict(NOTICED, "only_warns")),
        ((SAME_TOTAL,), Verdict(NOTICED, "same_total")),
    ],
)
def test_source_data(toy: Path, tests: Sequence[DataTest], expected: Verdict) -> None:
    """On source data a warning counts too."""
    judge = _judge(toy, tests)
    lost = ["delete from toy.main.lines where price = 3"]
    assert judge.source(lost, "lines") == expected
    judge.warehouse.close()


def test_page_is_the_same_for_a_seed(toy: Path) -> None:
    """The page lists the planted survivor, and comes out the same again."""
    draw = Draw(seed=3, per_model=20)
    judge = _judge(toy, [NEVER])
    pages = [page(list(model_outcomes(judge, draw, "totals")), draw, "3 lines") for _ in "12"]
    judge.warehouse.close()
    assert pages[0] == pages[1]
    assert "- other aggregate in `final`: `SUM(price)` → `MAX(price)`" in pages[0]
