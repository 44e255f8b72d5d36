"""Compares each attribution model with the true effect of campaigns in a synthetic shop.

The generator records which orders each campaign caused (`truth/campaigns.parquet`). No attribution
model can see that; this compares their credits with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError, MissingRelationError
from ecommerce_analytics.paths import ROOT

PAGE: Final = ROOT / "docs" / "attribution.md"
BEGIN: Final = "<!-- generated: score -->"
END: Final = "<!-- end -->"

_SUFFIX: Final = "_revenue"
_MART: Final = "marts.marketing_attribution"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """How one model's credit compares with the truth, over the campaigns.

    Attributes:
        model: The attribution model.
        rank_correlation: Spearman's, of credited and caused revenue; 1 for the same ranking.
        credited_ratio: Revenue credited to campaigns over revenue that they caused.
        misplaced_share: Share of the credit on the wrong campaigns: half the sum of the absolute
            differences of the shares.
        error_rate: Sum of absolute differences of revenue over the revenue caused.
    """

    model: str
    rank_correlation: float
    credited_ratio: float
    misplaced_share: float
    error_rate: float


@dataclass(frozen=True)
class Comparison:
    """Revenue that campaigns caused, and what each model credits to them.

    Attributes:
        channels: The channel of each campaign.
        caused: Revenue that would not exist without the campaign, shape (campaigns,).
        credited: Revenue by model, each of shape (campaigns,).
    """

    channels: tuple[str, ...]
    caused: Floats
    credited: Mapping[str, Floats]

    @property
    def scores(self) -> list[Score]:
        """The models' scores, the least misplaced first."""
        scores = [_score(model, revenue, self.caused) for model, revenue in self.credited.items()]
        return sorted(scores, key=lambda one: one.misplaced_share)


def compare(engine: Engine, shop: Path) -> Comparison:
    """Read the caused revenue and the credits of every model of `marketing_attribution`.

    Args:
        engine: A warehouse with that shop, built.
        shop: The shop's directory, as generated.

    Raises:
        EcomError: The shop has no truth, or the warehouse is not built or has another shop.
    """
    truth = _truth(shop)
    credited = _credited(engine)
    if not truth or truth.keys() != credited.keys():
        raise EcomError(
            f"the campaigns of {engine.place} are not those of {shop}; load and build that shop"
        )
    order = sorted(truth)
    models = credited[order[0]]
    return Comparison(
        tuple(truth[campaign][0] for campaign in order),
        np.array([truth[campaign][1] for campaign in order]),
        {model: np.array([credited[key][model] for key in order]) for model in models},
    )


def tables(comparison: Comparison) -> str:
    """The scores, and each channel's share, as two Markdown tables."""
    scores = comparison.scores
    rows = [
        f"| `{one.model}` | {one.rank_correlation:.3f} | {one.misplaced_share:.1%} "
        f"| {one.credited_ratio:.1f} | {one.error_rate:.1f} |"
        for one in scores
    ]
    head = "| model | rank correlation | misplaced | credited / caused | error |"
    models = [one.model for one in scores]
    channels = np.array(comparison.channels)
    columns = [comparison.caused, *(comparison.credited[model] for model in models)]
    shares = {
        channel: [column[channels == channel].sum() / column.sum() for column in columns]
        for channel in dict.fromkeys(comparison.channels)
    }
    by_channel = [
        f"| {channel} | {' | '.join(f'{share:.1%}' for share in row)} |"
        for channel, row in sorted(shares.items(), key=lambda item: -item[1][0])
    ]
    return "\n".join(
        (
            head,
            "| --- | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            f"| channel | caused | {' | '.join(f'`{model}`' for model in models)} |",
            f"| --- |{' ---: |' * len(columns)}",
            *by_channel,
        )
    )


def render(page: str, comparison: Comparison) -> str:
    """The page with the tables between its markers."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise EcomError(f"the page has no part {BEGIN} ... {END}; add the two markers")
    return f"{before}{BEGIN}\n\n{tables(comparison)}\n\n{END}{after}"


def rank_correlation(left: Floats, right: Floats) -> float:
    """Spearman's rank correlation; equal values share the mean of their ranks."""
    first, second = (ranks - ranks.mean() for ranks in (_ranks(left), _ranks(right)))
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _ranks(values: Floats) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2)[place]
    return ranks


def _score(model: str, credited: Floats, caused: Floats) -> Score:
    shares = credited / credited.sum(), caused / caused.sum()
    return Score(
        model,
        rank_correlation(credited, caused),
        float(credited.sum() / caused.sum()),
        float(np.abs(shares[0] - shares[1]).sum() / 2),
        float(np.abs(credited - caused).sum() / caused.sum()),
    )


def _truth(shop: Path) -> dict[int, tuple[str, float]]:
    import pyarrow.parquet as pq

    path = shop / "truth" / "campaigns.parquet"
    if not path.exists():
        raise EcomError(f"there is no {path}; only a generated shop knows its truth: ecom generate")
    names = ["campaign_id", "channel", "incremental_revenue"]
    read = pq.read_table(path, columns=names)
    return {
        campaign: (channel, float(revenue))
        for campaign, channel, revenue in zip(*(read[n].to_pylist() for n in names), strict=True)
    }


def _credited(engine: Engine) -> Mapping[int, Mapping[str, float]]:
    from ecommerce_analytics.engines.base import Relation

    schema, name = _MART.split(".")
    columns = [c for c in engine.columns(Relation(schema, name)) if c.endswith(_SUFFIX)]
    if not columns:
        raise MissingRelationError(f"{_MART} is not in {engine.place}; build it: ecom build")
    rows = engine.rows(
        f"select campaign_id, {', '.join(columns)} from {_MART} where campaign_id is not null"  # noqa: S608
    )
    return {
        row[0]: {
            column.removesuffix(_SUFFIX): float(value)
            for column, value in zip(columns, row[1:], strict=True)
        }
        for row in rows
    }
