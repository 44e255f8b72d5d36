"""Which test notices a change: unit tests, then data tests on the model, then those downstream."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from mutants.operators import Mutation
from mutants.project import DataTest, Node, Project
from mutants.trees import text
from mutants.warehouse import BrokenError, Warehouse

NOTICED: Final = "noticed"
SURVIVED: Final = "survived"
# No test can be asked for more: on this shop the change makes no difference.
UNCHANGED: Final = "no row changed"
# The database, or the model's contract, does not take the query.
BROKEN: Final = "does not run"

ISSUES: Final = "data_quality_issues"


@dataclass(frozen=True)
class Verdict:
    """What became of a change.

    Attributes:
        outcome: One of the constants of this module.
        by: The test that noticed it.
    """

    outcome: str
    by: str = ""


class Judge:
    """Asks the tests of a project, in a warehouse of its own."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Use a warehouse in which all states are read."""
        self.warehouse = warehouse
        self._project = warehouse.project
        self._tests = _by_last_parent(self._project)

    def model(self, key: str, mutation: Mutation, tree: exp.Expr) -> Verdict:
        """What becomes of a changed model."""
        node = self._project.nodes[key]
        changed = mutation.apply(tree)
        if changed is None:
            return Verdict(BROKEN)
        with self.warehouse.transaction():
            try:
                self.warehouse.build(node, text(changed))
                state = self.warehouse.state(node)
            except BrokenError:
                return Verdict(BROKEN)
            if not self.warehouse.has_same_columns(key, state):
                return Verdict(BROKEN)
            if not self.warehouse.is_changed(key, state):
                return Verdict(UNCHANGED)
            if not state.is_sound:
                return Verdict(NOTICED, f"contract of {node.name}")
            if by := self._unit_test(node, mutation):
                return Verdict(NOTICED, by)
            return self._downstream({key})

    def source(self, statements: Iterable[str], source: str) -> Verdict:
        """What becomes of a changed raw table: here warnings and listed rows count too."""
        with self.warehouse.transaction():
            before = self.warehouse.content(self._project.sources[source])
            try:
                for statement in statements:
                    self.warehouse.execute(statement)
            except BrokenError:
                return Verdict(BROKEN)
            if self.warehouse.content(self._project.sources[source]) == before:
                return Verdict(UNCHANGED)
            return self._downstream({source}, is_source=True)

    def _unit_test(self, node: Node, mutation: Mutation) -> str:
        for test in node.unit_tests:
            if (body := mutation.apply(test.body)) is not None:
                try:
                    if not self.warehouse.passes(test.sql(body)):
                        return test.name
                except BrokenError:
                    return test.name
        return ""

    def _downstream(self, changed: set[str], *, is_source: bool = False) -> Verdict:
        if by := self._data_test("", changed, is_source=is_source):
            return Verdict(NOTICED, by)
        for key, node in self._project.nodes.items():
            if key not in changed and node.parents & changed:
                try:
                    self.warehouse.build(node, node.sql)
                    state = self.warehouse.state_downstream(key)
                except BrokenError:
                    return Verdict(NOTICED, f"build of {node.name}")
                if not state.is_sound:
                    return Verdict(NOTICED, f"contract of {node.name}")
                if self.warehouse.is_changed(key, state):
                    changed.add(key)
                    if is_source and node.name == ISSUES and self.warehouse.has_more(key, state):
                        return Verdict(NOTICED, ISSUES)
            if by := self._data_test(key, changed, is_source=is_source):
                return Verdict(NOTICED, by)
        return Verdict(SURVIVED)

    def _data_test(self, key: str, changed: set[str], *, is_source: bool) -> str:
        noticing = ("error", "warn") if is_source else ("error",)
        for test in self._tests.get(key, ()):
            if test.parents & changed:
                try:
                    verdict = self.warehouse.verdict(test)
                except BrokenError:
                    return test.name
                if verdict in noticing:
                    return test.name
        return ""


def _by_last_parent(project: Project) -> dict[str, list[DataTest]]:
    """The data tests by the last node that each of them waits for."""
    ranks = {key: rank for rank, key in enumerate(project.nodes)}
    tests: dict[str, list[DataTest]] = {}
    for test in project.tests:
        last = max(test.parents & ranks.keys(), key=ranks.__getitem__, default="")
        tests.setdefault(last, []).append(test)
    return tests
