"""The marketing page: spend, and the revenue credited by each attribution model."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from ecommerce_analytics.report.model import (
    ALL,
    Cells,
    Column,
    Filter,
    Option,
    Page,
    Panel,
    Value,
    growth,
    name_of,
    ratio,
)
from ecommerce_analytics.report.periods import FILTER as PERIOD
from ecommerce_analytics.report.periods import Month, Period, period_filter, periods_of, spans_sql
from ecommerce_analytics.report.reader import Reader

_MONTHS: Final = """
select month_start_date, is_complete
from {{ ref('orders_monthly') }}
order by month_start_date asc
"""
_CREDITS: Final = """
with spans as (
{{ spans }}
)
select
    spans.span,
    campaigns.campaign_key,
    monthly.attribution_model,
    sum(monthly.attributed_revenue),
    sum(monthly.attributed_new_customer_count),
    sum(monthly.spend)
from {{ ref('marketing_attribution_monthly') }} as monthly
inner join {{ ref('dim_campaigns') }} as campaigns on monthly.campaign_key = campaigns.campaign_key
inner join spans
    on monthly.month_start_date >= spans.first_day and monthly.month_start_date < spans.after_day
group by spans.span, campaigns.campaign_key, monthly.attribution_model
"""
_CHANNEL_MONTHS: Final = """
select
    campaigns.channel,
    monthly.month_start_date,
    sum(monthly.attributed_revenue),
    sum(monthly.spend)
from {{ ref('marketing_attribution_monthly') }} as monthly
inner join {{ ref('dim_campaigns') }} as campaigns on monthly.campaign_key = campaigns.campaign_key
where monthly.attribution_model = 'last_non_direct'
group by campaigns.channel, monthly.month_start_date
"""
_CAMPAIGNS: Final = """
select campaign_key, campaign_name, channel, is_paid from {{ ref('dim_campaigns') }}
"""
_CLICKS: Final = """
with spans as (
{{ spans }}
)
select spans.span, spend.campaign_key, sum(spend.impressions), sum(spend.clicks)
from {{ ref('fact_campaign_spend') }} as spend
inner join spans on spend.spend_date >= spans.first_day and spend.spend_date < spans.after_day
group by spans.span, spend.campaign_key
"""
_PATHS: Final = """
with spans as (
{{ spans }}
)
select
    spans.span,
    monthly.first_channel,
    monthly.last_channel,
    case when monthly.touch_count < 8 then monthly.touch_count else 8 end,
    sum(monthly.order_count)
from {{ ref('attribution_paths_monthly') }} as monthly
inner join spans
    on monthly.month_start_date >= spans.first_day and monthly.month_start_date < spans.after_day
group by 1, 2, 3, 4
"""
_ACQUISITION: Final = """
select
    campaign_name,
    channel,
    spend,
    new_customer_count,
    customer_acquisition_cost,
    new_customer_roas,
    lifetime_margin_per_customer,
    ltv_to_cac,
    payback_month,
    median_path_length,
    median_conversion_lag_days
from {{ ref('campaign_acquisition') }}
where new_customer_count > 0 or spend > 0
order by new_customer_count desc, spend desc, campaign_key asc
limit 300
"""
_CHANNEL: Final = "channel"
_PERIOD: Final = Column(PERIOD, "Period", filter=PERIOD, shown=False)
_NONE: Final = "(none)"
_MAIN: Final = "last_non_direct"
_MODELS: Final = {
    "first_touch": "First touch",
    "last_touch": "Last touch",
    "last_non_direct": "Last non-direct",
    "linear": "Linear",
    "position_based": "Position 40/20/40",
    "time_decay": "Time decay",
    "markov": "Markov",
    "shapley": "Shapley",
}
# Per period and channel, to limit the page's size.
_MOST_CAMPAIGNS: Final = 100
_MOST_TOUCHES: Final = 8


@dataclass
class Earned:
    """Campaigns' spend in some months, and what each model credits to them."""

    spend: Decimal = Decimal(0)
    new_customers: int = 0
    impressions: int = 0
    clicks: int = 0
    revenue: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, other: "Earned") -> None:
        """Add other campaigns' sums."""
        self.spend += other.spend
        self.new_customers += other.new_customers
        self.impressions += other.impressions
        self.clicks += other.clicks
        for model, amount in other.revenue.items():
            self.revenue[model] += amount


@dataclass(frozen=True)
class Campaign:
    """A member of dim_campaigns."""

    name: str
    channel: str
    is_paid: bool


@dataclass(frozen=True)
class _Marketing:
    """The page's data: campaigns, and each one's figures by span."""

    periods: Sequence[Period]
    campaigns: Mapping[str, Campaign]
    earned: Mapping[str, Mapping[str, Earned]]
    models: Sequence[str]

    @property
    def channels(self) -> list[str]:
        """The channels by name; orders without a touchpoint last."""
        names = {campaign.channel for campaign in self.campaigns.values()}
        return sorted(names, key=lambda name: (name == _NONE, name))

    def over(self, span: str, channel: str) -> Earned:
        """The sums of a channel's campaigns in a span; of all channels under `all`."""
        sum_of = Earned()
        for key, earned in self.earned.get(span, {}).items():
            if channel in (ALL, self.campaigns[key].channel):
                sum_of.add(earned)
        return sum_of


def marketing(reader: Reader) -> Page:
    """Build the page.

    Args:
        reader: The warehouse.

    Returns:
        The page: figures, models side by side, spend and revenue, paths, campaigns.
    """
    read = _read(reader)
    paths = _paths(reader, read)
    options = (Option(name, name_of(name)) for name in read.channels if name != _NONE)
    return Page(
        "marketing",
        "Marketing",
        "Spend, the revenue it brought, and how much that depends on the attribution model.",
        (
            period_filter(read.periods),
            Filter(_CHANNEL, "Channel", (Option(ALL, "All channels"), *options)),
        ),
        (
            _figures(read),
            _models(read),
            _months(reader),
            _returns(read),
            *paths,
            _acquisition(reader),
            _campaigns(read),
        ),
    )


def _read(reader: Reader) -> _Marketing:
    periods = periods_of([Month(*month) for month in reader.rows(_MONTHS)])
    campaigns = {
        key: Campaign(name, channel, bool(is_paid))
        for key, name, channel, is_paid in reader.rows(_CAMPAIGNS)
    }
    spans = {name: months for period in periods for name, months in period.spans.items()}
    earned: dict[str, dict[str, Earned]] = defaultdict(lambda: defaultdict(Earned))
    found = set()
    if spans:
        part = spans_sql(spans)
        for span, key, model, revenue, new, spend in reader.rows(_CREDITS, spans=part):
            found.add(model)
            earned[span][key].revenue[model] += revenue
            if model == _MAIN:
                # This model gives whole credits.
                earned[span][key].new_customers = round(new)
            # Each model's row has the same spend.
            earned[span][key].spend = max(earned[span][key].spend, spend)
        for span, key, impressions, clicks in reader.rows(_CLICKS, spans=part):
            earned[span][key].impressions = int(impressions)
            earned[span][key].clicks = int(clicks)
    models = [model for model in _MODELS if model in found]
    return _Marketing(periods, campaigns, earned, [*models, *sorted(found - set(models))])


def _figures(read: _Marketing) -> Panel:
    figures = (
        ("spend", "Spend", "money", "Actual spend, not the budget."),
        ("revenue", "Revenue credited", "money", "By last non-direct touchpoint."),
        ("roas", "Return on ad spend", "number", "ROAS: credited revenue / spend."),
        ("new_customers", "New customers", "count", "First orders credited."),
        ("cac", "Cost per new customer", "amount", "CAC: spend / new customers."),
        ("click_through", "Click-through rate", "share", "Clicks / impressions."),
    )

    def rows() -> Iterator[Cells]:
        for period in read.periods:
            for channel in (ALL, *read.channels):
                now = _figures_of(read.over(period.key, channel))
                before = (
                    _figures_of(read.over(f"{period.key}:before", channel))
                    if period.before
                    else None
                )
                row: list[Value] = [period.key, channel]
                for key, *_ in figures:
                    row += [now[key], _change(now[key], before[key] if before else None, key)]
                yield row

    columns = []
    for key, label, kind, hint in figures:
        change = "points" if key == "click_through" else "change"
        columns += [
            Column(key, label, kind, hint=hint),  # type: ignore[arg-type]
            Column(f"{key}_before", f"{label}, on the period before", change),  # type: ignore[arg-type]
        ]
    cards = [{"key": key, "lower": key == "cac", "plain": key == "spend"} for key, *_ in figures]
    return Panel(
        "figures",
        "Key figures",
        "For all channels together, return and cost use the whole shop's revenue, new customers "
        "and spend. Select a channel to see the return on its own spend.",
        (_PERIOD, Column(_CHANNEL, "Channel", filter=_CHANNEL, shown=False), *columns),
        list(rows()),
        chart="cards",
        options={"cards": cards},
        width=12,
    )


def _figures_of(earned: Earned) -> dict[str, Decimal | int | float | None]:
    revenue = earned.revenue.get(_MAIN, Decimal(0))
    return {
        "spend": earned.spend,
        "revenue": revenue,
        "roas": ratio(revenue, earned.spend),
        "new_customers": earned.new_customers,
        "cac": ratio(earned.spend, earned.new_customers),
        "click_through": ratio(earned.clicks, earned.impressions),
    }


def _change(value: Decimal | float | None, base: Decimal | float | None, key: str) -> float | None:
    if value is None or base is None:
        return None
    if key == "click_through":
        return float(value) - float(base)
    return growth(Decimal(value), Decimal(base))


def _models(read: _Marketing) -> Panel:
    rows: list[Cells] = [
        (period.key, channel, *(_credit(earned, model) for model in read.models))
        for period in read.periods
        for channel in read.channels
        for earned in (read.over(period.key, channel),)
        if earned.revenue
    ]
    return Panel(
        "models",
        "Attribution models side by side",
        "Revenue that each model credits to a channel. All models distribute the same total: where "
        "the marks are far apart, the result depends on the model.",
        (
            _PERIOD,
            Column(_CHANNEL, "Channel", "name", filter=_CHANNEL, obey="mark"),
            *(Column(model, _MODELS.get(model, model), "money") for model in read.models),
        ),
        rows,
        chart="dots",
        options={"label": _CHANNEL, "values": list(read.models)},
        width=7,
    )


def _credit(earned: Earned, model: str) -> Decimal:
    return earned.revenue.get(model, Decimal(0))


def _months(reader: Reader) -> Panel:
    by_channel: dict[str, dict[date, list[Decimal]]] = defaultdict(
        lambda: defaultdict(lambda: [Decimal(0), Decimal(0)])
    )
    for channel, month, revenue, spend in reader.rows(_CHANNEL_MONTHS):
        for name in (ALL, channel):
            by_channel[name][month][0] += revenue
            by_channel[name][month][1] += spend
    rows = [
        (channel, month, spend, revenue, ratio(revenue, spend))
        for channel, months in sorted(by_channel.items())
        for month, (revenue, spend) in sorted(months.items())
    ]
    return Panel(
        "months",
        "Spend by month",
        "Hover over a month to see the revenue credited to the last non-direct touchpoint.",
        (
            Column(_CHANNEL, "Channel", filter=_CHANNEL, shown=False),
            Column("month", "Month", "month", filter=PERIOD, obey="mark"),
            Column("spend", "Spend", "money"),
            Column("revenue", "Revenue credited", "money"),
            Column("roas", "ROAS", "number"),
        ),
        rows,
        chart="columns",
        options={"x": "month", "y": ["spend"]},
        width=5,
    )


def _returns(read: _Marketing) -> Panel:
    def rows() -> Iterator[Cells]:
        for period in read.periods:
            for channel in read.channels:
                earned = read.over(period.key, channel)
                if earned.spend:
                    yield (
                        period.key,
                        channel,
                        earned.spend,
                        *(ratio(_credit(earned, model), earned.spend) for model in read.models),
                        earned.new_customers,
                        ratio(earned.spend, earned.new_customers),
                    )

    return Panel(
        "returns",
        "Return on spend by channel",
        "Return on ad spend (ROAS) by model, and cost per new customer (CAC). Only channels with "
        "spend.",
        (
            _PERIOD,
            Column(_CHANNEL, "Channel", "name", filter=_CHANNEL, obey="within"),
            Column("spend", "Spend", "money"),
            *(
                Column(model, _MODELS.get(model, model), "number", hint=f"ROAS by {model}")
                for model in read.models
            ),
            Column("new_customers", "New customers", "count"),
            Column("cac", "CAC", "amount", hint="Spend per new customer."),
        ),
        list(rows()),
        width=12,
    )


def _paths(reader: Reader, read: _Marketing) -> tuple[Panel, Panel]:
    spans = {period.key: period.months for period in read.periods if period.months}
    pairs: dict[tuple[str, str, str], int] = defaultdict(int)
    lengths: dict[tuple[str, int], int] = defaultdict(int)
    orders: dict[str, int] = defaultdict(int)
    for span, first, last, touches, count in (
        reader.rows(_PATHS, spans=spans_sql(spans)) if spans else []
    ):
        if touches:
            pairs[span, first, last] += int(count)
        lengths[span, int(touches)] += int(count)
        orders[span] += int(count)
    channels = [name for name in read.channels if name != _NONE]
    journey = Panel(
        "journeys",
        "First and last touchpoint",
        "Orders by the channel of the first touchpoint (row) and of the last one (column) in the "
        "30 days before the order.",
        (
            _PERIOD,
            Column("first", "First touchpoint", "name"),
            Column("last", "Last touchpoint", "name"),
            Column("orders", "Orders", "count"),
            Column("share", "Share", "share"),
        ),
        [
            (span, first, last, pairs[span, first, last], ratio(pairs[span, first, last], of_all))
            for span, of_all in sorted(orders.items())
            for first in channels
            for last in channels
        ],
        chart="heat",
        options={
            "x": "last",
            "y": "first",
            "value": "orders",
            "xName": "Last touchpoint",
            "yName": "First",
            "line": 34,
        },
        width=7,
    )
    length = Panel(
        "lengths",
        "Touchpoints before an order",
        "Orders by number of touchpoints in the 30 days before; none if no touchpoint is known.",
        (
            _PERIOD,
            Column("touches", "Touchpoints"),
            Column("orders", "Orders", "count"),
            Column("share", "Share", "share"),
        ),
        [
            (span, _length(touches), lengths[span, touches], ratio(lengths[span, touches], of_all))
            for span, of_all in sorted(orders.items())
            for touches in range(_MOST_TOUCHES + 1)
        ],
        chart="bars",
        options={"label": "touches", "value": "orders"},
        width=5,
    )
    return journey, length


def _length(touches: int) -> str:
    return {0: "none", _MOST_TOUCHES: f"{_MOST_TOUCHES} or more"}.get(touches, str(touches))


def _campaigns(read: _Marketing) -> Panel:
    def rows() -> Iterator[Cells]:
        for period in read.periods:
            listed: dict[str, int] = defaultdict(int)
            for key, earned in sorted(
                read.earned.get(period.key, {}).items(),
                key=lambda entry: (
                    -_credit(entry[1], _MAIN),
                    -entry[1].spend,
                    read.campaigns[entry[0]].name,
                    entry[0],
                ),
            ):
                campaign = read.campaigns[key]
                listed[campaign.channel] += 1
                if listed[campaign.channel] > _MOST_CAMPAIGNS:
                    continue
                yield (
                    period.key,
                    campaign.name,
                    campaign.channel,
                    campaign.is_paid,
                    earned.spend,
                    ratio(_credit(earned, _MAIN), earned.spend),
                    earned.new_customers,
                    ratio(earned.spend, earned.new_customers),
                    ratio(earned.clicks, earned.impressions),
                    *(_credit(earned, model) for model in read.models),
                )

    return Panel(
        "campaigns",
        "Campaigns",
        f"Spend, ratios and credited revenue by model. At most {_MOST_CAMPAIGNS} per channel. "
        "Names in parentheses are channels without a campaign, or orders without a touchpoint.",
        (
            _PERIOD,
            Column("name", "Campaign"),
            Column(_CHANNEL, "Channel", "name", filter=_CHANNEL, obey="within"),
            Column("paid", "Paid"),
            Column("spend", "Spend", "money"),
            Column("roas", "ROAS", "number", hint="By last non-direct touchpoint."),
            Column("new_customers", "New customers", "count"),
            Column("cac", "CAC", "amount", hint="Spend per new customer."),
            Column("ctr", "Click-through", "share"),
            *(Column(model, _MODELS.get(model, model), "money") for model in read.models),
        ),
        list(rows()),
        width=12,
    )


def _acquisition(reader: Reader) -> Panel:
    return Panel(
        "acquisition",
        "Customer acquisition cost and payback",
        "Customers are credited to the last non-direct touchpoint of their first order. Payback: "
        "the month after the first order by whose end their margin covers the spend. The 300 "
        "campaigns with most new customers.",
        (
            Column("name", "Campaign"),
            Column(_CHANNEL, "Channel", "name", filter=_CHANNEL, obey="within"),
            Column("spend", "Spend", "money"),
            Column("new_customers", "New customers", "count"),
            Column("cac", "CAC", "amount", hint="Spend per new customer."),
            Column("roas", "First-order ROAS", "number"),
            Column("margin", "Margin each so far", "amount"),
            Column("ltv_to_cac", "LTV to CAC", "number", hint="Margin so far / spend."),
            Column("payback", "Payback month", "count", hint="0: in the month of the first order."),
            Column("path", "Touchpoints, median", "count"),
            Column("lag", "Days to order, median", "count"),
        ),
        reader.rows(_ACQUISITION),
        width=12,
    )
