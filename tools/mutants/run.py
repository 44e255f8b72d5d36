"""Draws changes of each model and of the source, and judges them in several processes."""

import multiprocessing
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlglot import exp

from mutants import prepare
from mutants.judge import NOTICED, SURVIVED, Judge
from mutants.operators import Columns, drawn, mutations
from mutants.prepare import Built
from mutants.project import Project
from mutants.source import source_mutations
from mutants.trees import LAST, PLACED, nodes, parse, parts, plain, text
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
    first: Built, later: Built | None, draw: Draw, processes: int, tell: Callable[[str], None]
) -> list[Outcome]:
    """Judge the changes of a built warehouse.

    Args:
        first: The warehouse as first built.
        later: The warehouse after a later run, for what incremental models do only then.
        draw: What is drawn.
        processes: How many processes judge.
        tell: Told of each model that is done.
    """
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        place = Path(directory)
        rebuilt = [
            prepare.sound(built, place / built.warehouse.parent.name)
            for built in (first, later)
            if built
        ]
        models = first.project.nodes.items()
        jobs = [("source", key) for key in first.project.sources if draw.has(_table(key))]
        jobs += [("model", key) for key, node in models if node.is_mutated and draw.has(node.name)]
        if later:
            jobs += [
                ("increment", key)
                for key, node in later.project.nodes.items()
                if node.increment and draw.has(node.name)
            ]
        outcomes: list[Outcome] = []
        initial = (rebuilt, place, draw)
        with multiprocessing.get_context("spawn").Pool(processes, _start, initial) as pool:
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


# The judges of this process, and what they draw.
_mine: tuple[list[Judge], Draw]


def _start(rebuilt: Sequence[Built], place: Path, draw: Draw) -> None:
    global _mine
    judges = []
    for built in rebuilt:
        warehouse = built.opened(Path(tempfile.mkdtemp(dir=place)))
        warehouse.read_states()
        judges.append(Judge(warehouse))
    _mine = (judges, draw)


def _work(job: tuple[str, str]) -> list[Outcome]:
    kind, key = job
    judges, draw = _mine
    if kind == "source":
        return list(source_outcomes(judges[0], draw, key))
    if kind == "increment":
        return list(model_outcomes(judges[1], draw, key, judges[0].warehouse.project))
    return list(model_outcomes(judges[0], draw, key))


def model_outcomes(
    judge: Judge, draw: Draw, key: str, full: Project | None = None
) -> Iterator[Outcome]:
    """What becomes of a model's changes, until enough of them made a difference.

    Args:
        judge: The judge.
        draw: What is drawn.
        key: The model.
        full: The project as first built, if only that is changed which a later run adds to it.
    """
    node = judge.warehouse.project.nodes[key]
    tree = parse(node.sql)
    chance = draw.chance(node.name)
    found = mutations(tree, columns(judge.warehouse, tree), chance)
    if full:
        same = {
            (name, plain(one))
            for name, part in parts(parse(full.nodes[key].sql))
            for one in nodes(name, part)
        }
        found = [mutation for mutation in found if (mutation.part, mutation.old) not in same]
    live = 0
    for mutation in drawn(found, chance):
        if live == draw.per_model:
            return
        verdict = judge.model(key, mutation, tree)
        live += verdict.outcome in (NOTICED, SURVIVED)
        yield Outcome(
            node.layer,
            node.name,
            mutation.operator,
            f"{mutation.part}{', later run' if full else ''}",
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
