"""One line about the irregular source rows that the warehouse found."""

from typing import Final

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import MissingRelationError, one_line

_LOOK: Final = "look"
# The number of rules that fit in a line; the others are counted.
_MOST: Final = 4
_RULES: Final = """
select
    coalesce(rules.label, issues.rule),
    coalesce(rules.severity, 'look'),
    count(*)
from marts.data_quality_issues as issues
left join seeds.data_quality_rules as rules on issues.rule = rules.rule
group by coalesce(rules.label, issues.rule), coalesce(rules.severity, 'look')
"""


def issues_line(engine: Engine) -> str:
    """How many rows need attention, and why, for the end of a command.

    Args:
        engine: The warehouse.

    Returns:
        One line; empty if no row needs attention, or the mart has not been built.

    Raises:
        EcomError: The warehouse cannot be read.
    """
    try:
        found = [(label, severity, int(count)) for label, severity, count in engine.rows(_RULES)]
    except MissingRelationError:
        return ""
    look = sorted(((-count, label) for label, severity, count in found if severity == _LOOK))
    if not look:
        return ""
    rows = -sum(count for count, _ in look)
    notes = sum(count for _, severity, count in found if severity != _LOOK)
    reasons = [f"{-count:,} {one_line(label)}" for count, label in look[:_MOST]]
    if more := -sum(count for count, _ in look[_MOST:]):
        reasons.append(f"{more:,} for other reasons")
    found_in = "site/quality.html or select * from marts.data_quality_issues"
    needs = "row needs" if rows == 1 else "rows need"
    return f"{rows:,} {needs} a look: {', '.join(reasons)}{_notes(notes)}; see {found_in}"


def _notes(count: int) -> str:
    if not count:
        return ""
    return f" ({count:,} more {'is a note' if count == 1 else 'are notes'})"
