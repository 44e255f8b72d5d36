"""Removal effects by definition: remove a campaign, and solve the remaining chain.

The model sums powers of one matrix without repeats, in whole numbers; this uses floats, one linear
system per campaign, and keeps the repeats. Both follow Anderl, Becker, von Wangenheim and Schumann
(2016), "Mapping the customer journey", with states of order 1.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from .figures import JOURNEY, Independent, Member, member_of
from .files import Touch

START, CONVERSION, LOST = "(start)", "(conversion)", "(lost)"
Path = tuple[Sequence[Member], str]


def paths(shop: Independent) -> Iterator[Path]:
    """Each order's path, and the paths of touches without an order."""
    claimed = set()
    for journey in shop.journeys.values():
        claimed |= {touch.touchpoint_id for touch in journey}
        if journey:
            yield [member_of(touch) for touch in journey], CONVERSION
    visitors: dict[object, list[Touch]] = defaultdict(list)
    for touch in sorted(shop.files.touches, key=lambda t: (t.touched_at, t.touchpoint_id)):
        if touch.touchpoint_id not in claimed:
            visitors[shop.visitor(touch)].append(touch)
    for touches in visitors.values():
        run: list[Touch] = []
        for touch in touches:
            if run and touch.touched_at - run[-1].touched_at > JOURNEY:
                yield [member_of(t) for t in run], LOST
                run = []
            run.append(touch)
        yield [member_of(t) for t in run], LOST


def transitions(journeys: Sequence[Path]) -> Counter[tuple[Member, Member]]:
    """How often each step is taken, including repeats of a campaign."""
    steps: Counter[tuple[Member, Member]] = Counter()
    for members, end in journeys:
        steps.update(zip([START, *members], [*members, end], strict=True))
    return steps


def removal_effects(steps: Mapping[tuple[Member, Member], int]) -> dict[Member, float]:
    """The share of conversions lost if a campaign's visits end the path."""
    members = sorted({key for key, _ in steps} - {START}, key=str)
    whole = conversion_rate(steps, members)
    if not whole:
        return dict.fromkeys(members, 0.0)
    return {
        gone: 1 - conversion_rate(steps, [m for m in members if m != gone]) / whole
        for gone in members
    }


def conversion_rate(steps: Mapping[tuple[Member, Member], int], members: Sequence[Member]) -> float:
    """The probability of a conversion from the start, using only these campaigns."""
    states = [START, *members]
    place = {state: n for n, state in enumerate(states)}
    leaving: Counter[Member] = Counter()
    for (state, _), count in steps.items():
        leaving[state] += count
    chain, ends = np.eye(len(states)), np.zeros(len(states))
    for (state, following), count in steps.items():
        if state in place:
            if following == CONVERSION:
                ends[place[state]] += count / leaving[state]
            elif following in place:
                chain[place[state], place[following]] -= count / leaving[state]
    return float(np.linalg.solve(chain, ends)[0])
