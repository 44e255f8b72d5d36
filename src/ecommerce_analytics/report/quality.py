"""The data quality page: irregular source rows, test results, totals, freshness, runs."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from ecommerce_analytics.engines.base import Row
from ecommerce_analytics.report.model import Cells, Column, Page, Panel
from ecommerce_analytics.report.reader import Reader

# Each invocation with the results of its nodes. A node with nothing to run is not a failure.
_RUNS: Final = """
select
    runs.invocation_id,
    runs.started_at,
    runs.finished_at,
    runs.command,
    runs.is_full_refresh,
    runs.dbt_version,
    count(case when results.resource_type in ('model', 'seed', 'snapshot') then 1 end),
    count(case when results.resource_type in ('test', 'unit_test') then 1 end),
    count(case when results.status = 'warn' then 1 end),
    count(case when results.status in ('error', 'fail', 'runtime error', 'partial success')
        then 1 end),
    count(case when results.status = 'skipped' then 1 end)
from {{ audit('runs') }} as runs
left join {{ audit('run_results') }} as results on runs.invocation_id = results.invocation_id
group by 1, 2, 3, 4, 5, 6
order by runs.started_at desc
limit 20
"""
_RESULTS: Final = """
select unique_id, resource_type, status, failure_count, execution_seconds
from {{ audit('run_results') }}
where invocation_id = (
    select invocation_id from {{ audit('runs') }}
    where command = 'build' and finished_at is not null
    order by started_at desc
    limit 1
)
"""
# The same money from each mart that has it.
_TOTALS: Final = """
select 1, 'fact_orders', count(*), sum(net_amount) from {{ ref('fact_orders') }} where is_valid
union all
select 2, 'fact_order_items', count(*), sum(net_amount)
from {{ ref('fact_order_items') }} where is_valid
union all
select 3, 'orders_daily', count(*), sum(net_amount) from {{ ref('orders_daily') }}
union all
select 4, 'orders_weekly', count(*), sum(net_amount) from {{ ref('orders_weekly') }}
union all
select 5, 'orders_monthly', count(*), sum(net_amount) from {{ ref('orders_monthly') }}
union all
select 6, 'customer_analytics', count(*), sum(net_amount) from {{ ref('customer_analytics') }}
union all
select 7, 'product_performance', count(*), sum(net_amount) from {{ ref('product_performance') }}
"""
_FRESH: Final = """
select 'Orders', count(*), min(order_date), max(order_date), max(loaded_at)
from {{ ref('fact_orders') }}
union all
select 'Order lines', count(*), min(order_date), max(order_date), max(loaded_at)
from {{ ref('fact_order_items') }}
union all
select 'Refund lines', count(*), min(refund_date), max(refund_date), cast(null as timestamp)
from {{ ref('fact_refunds') }}
union all
select 'Touchpoints', count(*), min(touch_date), max(touch_date), max(loaded_at)
from {{ ref('fact_marketing_touchpoints') }}
union all
select 'Days of spend', count(*), min(spend_date), max(spend_date), cast(null as timestamp)
from {{ ref('fact_campaign_spend') }}
union all
select 'Stock counts', count(*), min(level_date), max(level_date), cast(null as timestamp)
from {{ ref('fact_inventory_levels') }}
union all
select 'Accounts and guests', count(*), min(signed_up_date), max(signed_up_date),
    cast(null as timestamp)
from {{ ref('dim_customers') }}
union all
select 'Products', count(*), min(created_date), max(created_date), cast(null as timestamp)
from {{ ref('dim_products') }}
union all
select 'Campaigns', count(*), min(start_date), max(start_date), cast(null as timestamp)
from {{ ref('dim_campaigns') }}
"""
# Irregular source rows by rule.
_RULES: Final = """
select
    rules.label,
    issues.source_table,
    rules.severity,
    count(*),
    sum(issues.amount),
    issues.treatment,
    max(issues.description)
from {{ ref('data_quality_issues') }} as issues
inner join {{ seed('data_quality_rules') }} as rules on issues.rule = rules.rule
group by rules.label, issues.source_table, rules.severity, issues.treatment
"""
# The key breaks ties, so that every engine gives the same rows.
_ISSUES: Final = """
select
    rules.severity,
    issues.source_table,
    issues.source_key,
    rules.label,
    issues.found,
    issues.treatment,
    issues.amount,
    issues.loaded_at
from {{ ref('data_quality_issues') }} as issues
inner join {{ seed('data_quality_rules') }} as rules on issues.rule = rules.rule
order by
    case rules.severity when 'look' then 0 else 1 end,
    abs(coalesce(issues.amount, 0)) desc,
    issues.issue_key
limit {{ most }}
"""
_LISTED: Final = 200
_LOOK: Final = "look"
_TREATMENTS: Final = {
    "kept": "Kept",
    "held_back": "Held back",
    "set_aside": "Set aside",
    "corrected": "Corrected",
}
_PASSED: Final = frozenset({"pass", "success"})
_NO_OP: Final = "no-op"
_SLOWEST: Final = 25
# dbt's resource types.
_KINDS: Final = {
    "model": "Models",
    "test": "Data tests",
    "unit_test": "Unit tests",
    "seed": "Seeds",
    "snapshot": "Snapshots",
    "function": "Functions",
}


def quality(reader: Reader) -> Page:
    """Build the page.

    Args:
        reader: The warehouse.

    Returns:
        The page: figures, issues of the source, results of the last build, totals that agree,
        rows, runs, slow nodes.
    """
    results = [row for row in reader.rows(_RESULTS) if row[2] != _NO_OP]
    totals = reader.rows(_TOTALS)
    # Null in an older warehouse without the mart.
    rules = reader.rows_if_built(_RULES)
    return Page(
        "quality",
        "Data quality",
        "Whether you can trust the other pages: irregular source rows, and what the last build "
        "tested and found.",
        (),
        (
            _figures(results, totals),
            *(() if rules is None else (_rules(rules), _issues(reader, rules))),
            _kinds(results),
            _totals(totals),
            _problems(results),
            _fresh(reader),
            _runs(reader),
            _slowest(results),
        ),
    )


def _agree(totals: Sequence[Row]) -> int:
    amounts = [Decimal(amount or 0) for _, _, _, amount in totals]
    return sum(amount == amounts[0] for amount in amounts)


def _figures(results: Sequence[Row], totals: Sequence[Row]) -> Panel:
    def count(*kinds: str) -> int:
        return sum(kind in kinds for _, kind, *_ in results)

    wrong = sum(status not in _PASSED and status != "warn" for _, _, status, *_ in results)
    seconds = sum(float(seconds or 0) for *_, seconds in results)
    columns = (
        Column("tests", "Data tests", "count"),
        Column("unit_tests", "Unit tests", "count"),
        Column("problems", "Failures", "count", hint="Failed, in error or skipped."),
        Column("warnings", "Warnings", "count"),
        Column("agree", "Totals that agree", "count", hint=f"Of {len(totals)} sums of net sales."),
        Column("seconds", "Seconds of work", "days", hint="Sum of all nodes, not elapsed time."),
    )
    row = (
        count("test"),
        count("unit_test"),
        wrong,
        sum(status == "warn" for _, _, status, *_ in results),
        _agree(totals),
        seconds,
    )
    return Panel(
        "figures",
        "Key figures",
        "From dbt's record of the last finished build.",
        columns,
        [row],
        chart="cards",
        options={"cards": [{"key": column.key} for column in columns]},
        width=12,
    )


def _rules(rules: Sequence[Row]) -> Panel:
    listed = sorted(rules, key=lambda row: (row[2], -int(row[3]), row[0], row[1]))
    rows = [
        (
            _sentence(label),
            table,
            "Look" if severity == _LOOK else "Note",
            int(count),
            amount,
            _TREATMENTS.get(treatment, treatment),
            description,
        )
        for label, table, severity, count, amount, treatment, description in listed
    ]
    return Panel(
        "rules",
        "Irregular source rows",
        "Number of rows per rule, the money involved, and what the warehouse does about them. "
        "A note is only for information; the others should be checked in the source.",
        (
            Column("rule", "Rows that"),
            Column("table", "Table"),
            Column("severity", "Needs"),
            Column("rows", "Rows", "count"),
            Column("amount", "Money involved", "money"),
            Column("treatment", "Treatment"),
            Column("description", "What the warehouse does"),
        ),
        rows,
        options={"nothing": "The source has no irregular rows."},
        width=12,
    )


def _issues(reader: Reader, rules: Sequence[Row]) -> Panel:
    count = sum(int(count) for _, _, _, count, *_ in rules)
    listed = sorted(reader.rows(_ISSUES, most=str(_LISTED)), key=_rank)
    rows = [
        (table, key, _sentence(label), found, _TREATMENTS.get(treatment, treatment), amount, since)
        for _, table, key, label, found, treatment, amount, since in listed
    ]
    rest = f"{count - len(rows):,} more are in" if count > len(rows) else "All are in"
    return Panel(
        "issues",
        "Irregular rows in detail",
        f"Rows to check first, then by the money involved. {rest} the mart data_quality_issues.",
        (
            Column("table", "Table"),
            Column("key", "Key"),
            Column("rule", "Rule"),
            Column("found", "Found"),
            Column("treatment", "Treatment"),
            Column("amount", "Money involved", "money"),
            Column("since", "Since the load of (UTC)", "time"),
        ),
        rows,
        options={"nothing": "The source has no irregular rows."},
        width=12,
    )


def _rank(issue: Row) -> tuple[bool, Decimal, str, int, str]:
    """The query's order, with ties sorted by the source's keys."""
    severity, table, key, _, _, _, amount, _ = issue
    return (severity != _LOOK, -abs(amount or Decimal(0)), table, len(key), key)


def _sentence(label: str) -> str:
    return label[:1].upper() + label[1:]


def _kinds(results: Sequence[Row]) -> Panel:
    rows = [
        (
            label,
            sum(1 for _, found, status, *_ in results if found == kind and status in _PASSED),
            sum(1 for _, found, status, *_ in results if found == kind and status == "warn"),
            sum(
                1
                for _, found, status, *_ in results
                if found == kind and status not in _PASSED and status != "warn"
            ),
        )
        for kind, label in _KINDS.items()
    ]
    return Panel(
        "kinds",
        "Results of the last build",
        "By kind of node.",
        (
            Column("kind", "Kind"),
            Column("passed", "Passed", "count"),
            Column("warned", "Warned", "count"),
            Column("failed", "Failed or skipped", "count"),
        ),
        rows,
        width=5,
    )


def _totals(totals: Sequence[Row]) -> Panel:
    listed = sorted(totals, key=lambda row: int(row[0]))
    first = Decimal(listed[0][3] or 0) if listed else Decimal(0)

    def rows() -> Iterator[Cells]:
        for _, mart, count, amount in listed:
            net = Decimal(amount or 0)
            yield (mart, count, net, net - first, "agrees" if net == first else "differs")

    return Panel(
        "totals",
        "Totals that agree",
        "Net sales of all time from every mart that has them; they agree to the cent.",
        (
            Column("mart", "Mart"),
            Column("rows", "Rows", "count"),
            Column("net", "Net sales", "money"),
            Column("difference", "Difference", "money"),
            Column("verdict", "Verdict"),
        ),
        list(rows()),
        width=7,
    )


def _problems(results: Sequence[Row]) -> Panel:
    rows = [
        (_name(unique_id), kind, status, failures)
        for unique_id, kind, status, failures, _ in results
        if status not in _PASSED
    ]
    return Panel(
        "problems",
        "Failures and warnings",
        "Tests that failed or warned, and nodes that did not finish.",
        (
            Column("node", "Node"),
            Column("kind", "Kind"),
            Column("state", "State"),
            Column("failures", "Rows that fail", "count"),
        ),
        sorted(rows, key=lambda row: (str(row[2]), str(row[0]))),
        options={"nothing": "Everything passed."} if results else {},
        width=12,
    )


def _fresh(reader: Reader) -> Panel:
    return Panel(
        "fresh",
        "Rows and freshness",
        "Number of rows, first and last day, and the time of the last load (UTC) if the mart has "
        "it.",
        (
            Column("what", "What"),
            Column("rows", "Rows", "count"),
            Column("first", "First day", "date"),
            Column("last", "Last day", "date"),
            Column("loaded", "Loaded", "time"),
        ),
        reader.rows(_FRESH),
        width=12,
    )


def _slowest(results: Sequence[Row]) -> Panel:
    rows = sorted(
        ((_name(unique_id), kind, seconds) for unique_id, kind, _, _, seconds in results),
        key=lambda row: -float(row[2] or 0),
    )
    return Panel(
        "slowest",
        "Slowest steps",
        f"The {_SLOWEST} slowest nodes of the last build, in seconds.",
        (Column("node", "Node"), Column("kind", "Kind"), Column("seconds", "Seconds", "number")),
        rows[:_SLOWEST],
        chart="bars",
        options={"label": "node", "value": "seconds", "most": 10},
        width=12,
    )


def _runs(reader: Reader) -> Panel:
    def rows() -> Iterator[Cells]:
        for row in reader.rows(_RUNS):
            _, started, finished, command, full, version, built, tested, warned, wrong, skipped = (
                row
            )
            yield (
                started,
                command,
                bool(full),
                "running" if finished is None else "failed" if wrong or skipped else "passed",
                built,
                tested,
                warned,
                wrong + skipped,
                None if finished is None else (finished - started).total_seconds(),
                version,
            )

    return Panel(
        "runs",
        "Last runs",
        "The latest twenty dbt commands on this warehouse. A killed command stays running.",
        (
            Column("started", "Started (UTC)", "time"),
            Column("command", "Command"),
            Column("full", "Full refresh"),
            Column("state", "State"),
            Column("built", "Built", "count"),
            Column("tested", "Tests", "count"),
            Column("warned", "Warned", "count"),
            Column("failed", "Failed or skipped", "count"),
            Column("seconds", "Seconds", "days"),
            Column("version", "dbt"),
        ),
        list(rows()),
        width=12,
    )


def _name(unique_id: object) -> str:
    """The name in `test.project.name.hash`, or in `model.project.name.v2` with its version."""
    _, _, *name = str(unique_id).split(".")
    return ".".join(name[:-1] if str(unique_id).startswith("test.") and name[1:] else name)
