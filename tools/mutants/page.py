"""The page: scores by layer, operator and model, and each change that no test noticed."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from mutants.judge import BROKEN, NOTICED, SURVIVED, UNCHANGED
from mutants.run import SOURCE, Draw, Outcome

_LONGEST: Final = 110
# The start of dbt's run, which is in the compiled SQL.
_STARTED: Final = re.compile(r"'[\d-]{10} [\d:]{8}\.\d{6}'")


def page(outcomes: Sequence[Outcome], draw: Draw, shop: str) -> str:
    """The page in Markdown; the same for the same outcomes."""
    models = [outcome for outcome in outcomes if outcome.layer != SOURCE]
    sources = [outcome for outcome in outcomes if outcome.layer == SOURCE]
    only = f' MODELS="{" ".join(sorted(draw.models))}"' if draw.models else ""
    made = f"make mutants SEED={draw.seed} PER_MODEL={draw.per_model}{only}"
    lines = [
        "# Which tests notice a wrong figure",
        "",
        "Small changes of models and of source data, and which of them the tests of `dbt build` "
        "notice.",
        "",
        f"`{made}` writes this page, from a shop of {shop}; the same seed gives the same page.",
        "",
        "Each model is changed in its compiled SQL, one small change at a time, and rebuilt with "
        "what depends on it. A change counts as noticed if a test that `dbt build` runs fails: "
        "the model's unit tests, its contract, and the data tests with severity `error` on it and "
        "downstream. A raw table is changed in a tenth of its rows; there a warning and a new row "
        "in `data_quality_issues` count too. What an incremental model does in a later run only is "
        "changed in that run, after two weeks more. Left out are changes after which no row of the "
        "model differs on this shop, and those that the database or the contract does not take.",
        "",
        f"**Models: {_score(models)}. Source data: {_score(sources)}.** Left out: "
        f"{_count(outcomes, UNCHANGED):,} without a changed row, {_count(outcomes, BROKEN):,} "
        "that do not run.",
        "",
        "## Layers",
        "",
        *_table("layer", outcomes, lambda outcome: outcome.layer),
        "## Operators",
        "",
        *_table("operator", models, lambda outcome: outcome.operator),
        "## Operators on source data",
        "",
        *_table("operator", sources, lambda outcome: outcome.operator),
        "## Models",
        "",
        *_table("model", models, lambda outcome: f"`{outcome.model}`"),
        "## Raw tables",
        "",
        *_table("table", sources, lambda outcome: f"`{outcome.model}`"),
        "## Not noticed: models",
        "",
        *_survivors(models),
        "## Not noticed: source data",
        "",
        *_survivors(sources),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _count(outcomes: Sequence[Outcome], kind: str) -> int:
    return sum(outcome.outcome == kind for outcome in outcomes)


def _score(outcomes: Sequence[Outcome]) -> str:
    noticed, survived = _count(outcomes, NOTICED), _count(outcomes, SURVIVED)
    if not noticed + survived:
        return "none"
    return f"{noticed:,} of {noticed + survived:,}, {noticed / (noticed + survived):.1%}"


def _table(
    heading: str, outcomes: Sequence[Outcome], group: Callable[[Outcome], str]
) -> Iterator[str]:
    counts: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        counts.setdefault(group(outcome), Counter())[outcome.outcome] += 1
    yield f"| {heading} | changes | noticed | | no row changed |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, count in sorted(counts.items()):
        noticed, live = count[NOTICED], count[NOTICED] + count[SURVIVED]
        share = f"{noticed / live:.1%}" if live else ""
        yield f"| {name} | {live} | {noticed} | {share} | {count[UNCHANGED]} |"
    yield ""


def _survivors(outcomes: Sequence[Outcome]) -> Iterator[str]:
    model = ""
    for outcome in outcomes:
        if outcome.outcome == SURVIVED:
            if outcome.model != model:
                if model:
                    yield ""
                model = outcome.model
                yield f"### {model}"
                yield ""
            place = f" in `{outcome.part}`" if outcome.part else ""
            change = f": {_code(outcome.old)} → {_code(outcome.new)}" if outcome.old else ""
            yield f"- {outcome.operator}{place}{change}"
    if not model:
        yield "None."
    yield ""


def _code(fragment: str) -> str:
    if not fragment:
        return "nothing"
    fragment = _STARTED.sub("'(start of the run)'", fragment)
    short = fragment if len(fragment) <= _LONGEST else f"{fragment[:_LONGEST]}…"
    return f"`{short}`"
