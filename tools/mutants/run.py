"""Draws changes of each model and of the source, and judges them in several processes."""

import multiprocessing
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlglot import exp

from mutants import prepare
from mutants.judge import NOTICED, SURVIVED, Judge
from mutants.operators import Columns, drawn, mutations
from mutants.project import Project
from mutants.source import source_mutations
from mutants.trees import LAST, PLACED, parse, parts, plain, text
from mutants.warehouse import BrokenError, Warehouse

SOURCE: Final = "source data"


@dataclass(frozen=True, order=True)
class Outcome:
    """What became of one change.

    Attributes:
        layer: The layer of the model, or `SOURCE`.
        model: The model or raw table.
        operator: The kind of change.
        part: The common table expression or column.
        old: The fragment before.
        new: The fragment after.
        outcome: One of the judge's constants.
        by: The test that noticed it.
    """

    layer: str
    model: str
    operator: str
    part: str
    old: str
    new: str
    outcome: str
    by: str


@dataclass(frozen=True)
class Draw:
    """What is drawn: by which seed, how many live changes per model, of which models."""

    seed: int
    per_model: int
    models: frozenset[str] = frozenset()

    def chance(self, name: str) -> random.Random:
        """The model's own draws, which a change of another model leaves alone."""
        return random.Random(f"{self.seed} {name}")  # noqa: S311 (no secret)

    def has(self, name: str) -> bool:
        """Whether a model or raw table is asked for."""
        return not self.models or name in self.models


def run(
    warehouse: Path, target: Path, draw: Draw, processes: int, tell: Callable[[str], None]
) -> list[Outcome]:
    """Judge the changes of a built warehouse."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        place = Path(directory)
        project = prepare.sound(warehouse, target, place / "sound")
        rebuilt = place / "sound" / warehouse.name
        jobs = [("node", key) for key, node in project.nodes.items() if draw.has(node.name)]
        jobs = [job for job in jobs if project.nodes[job[1]].is_mutated]
        jobs += [("source", key) for key in project.sources if draw.has(_table(key))]
        start = partial(_start, rebuilt, place, project, draw)
        outcomes: list[Outcome] = []
        with multiprocessing.get_context("spawn").Pool(processes, start) as pool:
            for done, made in enumerate(pool.imap_unordered(_work, jobs), 1):
                outcomes += made
                if made:
                    tell(f"{done}/{len(jobs)} {made[0].model}: {_counted(made)}")
        return sorted(outcomes)


def _counted(outcomes: Sequence[Outcome]) -> str:
    live = [o for o in outcomes if o.outcome in (NOTICED, SURVIVED)]
    return f"{sum(o.outcome == NOTICED for o in live)} of {len(live)} noticed"


def _table(key: str) -> str:
    return key.rpartition(".")[2]


# The judge of this process, and what it draws.
_mine: tuple[Judge, Draw]


def _start(warehouse: Path, place: Path, project: Project, draw: Draw) -> None:
    global _mine
    own = Path(tempfile.mkdtemp(dir=place))
    copy = Warehouse(prepare.copied(warehouse, own), project)
    copy.read_states()
    _mine = (Judge(copy), draw)


def _work(job: tuple[str, str]) -> list[Outcome]:
    kind, key = job
    return list((model_outcomes if kind == "node" else source_outcomes)(*_mine, key))


def model_outcomes(judge: Judge, draw: Draw, key: str) -> Iterator[Outcome]:
    """What becomes of a model's changes, until enough of them made a difference."""
    node = judge.warehouse.project.nodes[key]
    tree = parse(node.sql)
    chance = draw.chance(node.name)
    live = 0
    for mutation in drawn(mutations(tree, columns(judge.warehouse, tree), chance), chance):
        if live == draw.per_model:
            return
        verdict = judge.model(key, mutation, tree)
        live += verdict.outcome in (NOTICED, SURVIVED)
        yield Outcome(
            node.layer,
            node.name,
            mutation.operator,
            mutation.part,
            mutation.old,
            mutation.new,
            verdict.outcome,
            verdict.by,
        )


def source_outcomes(judge: Judge, draw: Draw, key: str) -> Iterator[Outcome]:
    """What becomes of a raw table's changes."""
    project, name = judge.warehouse.project, _table(key)
    relation = project.sources[key]
    chance = draw.chance(name)
    try:
        known = judge.warehouse.columns(relation)
    except BrokenError:
        # A source that this shop does not have.
        return
    candidates = source_mutations(relation, known, chance)
    chance.shuffle(candidates)
    live = 0
    for mutation in candidates:
        if live == draw.per_model:
            return
        verdict = judge.source([mutation.sql], key)
        live += verdict.outcome in (NOTICED, SURVIVED)
        yield Outcome(
            SOURCE, name, mutation.operator, mutation.column, "", "", verdict.outcome, verdict.by
        )


def columns(warehouse: Warehouse, tree: exp.Expr) -> Mapping[str, Columns]:
    """The columns of a query's tables and common table expressions, by their `plain` names."""
    known: dict[str, Columns] = {}
    for table in tree.find_all(exp.Table):
        if table.args.get("db") and not table.name.startswith(PLACED):
            bare = table.copy()
            bare.set("alias", None)
            known[plain(bare)] = warehouse.columns(text(bare))
    with_ = tree.args.get("with_")
    for name, _ in parts(tree):
        if name != LAST and with_ is not None:
            try:
                known[name] = warehouse.columns(f"{text(with_)} from {name}")
            except BrokenError:
                continue
    return known
