"""For each metric, the mart queries with the same number, in total and at other grains."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

TOTAL: Final = ""
DAY: Final = "metric_time__day"
MONTH: Final = "metric_time__month"
YEAR: Final = "metric_time__year"

_DAYS: Final = "marts.orders_daily"
_MONTHS: Final = "marts.orders_monthly"
_PERSONS: Final = "marts.customer_analytics"
_PRODUCTS: Final = "marts.product_performance"
_CAMPAIGNS: Final = "marts.marketing_attribution"


@dataclass(frozen=True)
class Check:
    """The expected values of a metric.

    Attributes:
        grains: The mart's query by the metric's grouping: the group and the value, or only the
            value in total.
        is_ratio: The metric is null without data, not 0.
        is_partial: The marts have fewer groups than the metric; only those are compared.
    """

    grains: Mapping[str, str] = field(repr=False)
    is_ratio: bool = False
    is_partial: bool = False


def _select(columns: str, source: str) -> str:
    return f"select {columns} from {source}"  # noqa: S608 (no value comes from outside)


def _divided(numerator: str, denominator: str) -> str:
    double = "cast({} as double precision)".format
    return f"{double(numerator)} / nullif({double(denominator)}, 0)"


def _by_month(day: str, value: str, source: str) -> str:
    return _select(f"date_trunc('month', {day}) as month_start, {value}", f"{source} group by 1")


def _calendar(column: str, **more: str) -> Check:
    """An additive column of the months and the days."""
    grains = {
        TOTAL: _select(f"sum({column})", _MONTHS),
        MONTH: _select(f"month_start_date, {column}", _MONTHS),
        DAY: _select(f"date_day, {column}", _DAYS),
    }
    return Check(grains | more)


def _fact(value: str, day: str, source: str, *, is_ratio: bool = False, **more: str) -> Check:
    """An aggregate over a fact."""
    grains = {TOTAL: _select(value, source), MONTH: _by_month(day, value, source)}
    return Check(grains | more, is_ratio=is_ratio)


def _orders(value: str) -> Check:
    return _fact(value, "order_date", "marts.fact_orders where is_valid")


def _refunds(value: str) -> Check:
    return _fact(value, "refund_date", "marts.fact_refunds where is_valid")


def _lines(value: str, by_product: str, *, is_ratio: bool = False) -> Check:
    """Figures by product in product_performance; the months are those of the lines."""
    return _fact(
        value,
        "order_date",
        "marts.fact_order_items where is_valid",
        is_ratio=is_ratio,
        product=_select(f"product_key, {by_product}", _PRODUCTS),
    )


def _persons(value: str, *, is_ratio: bool = False, **more: str) -> Check:
    """Figures by person in customer_analytics."""
    source = f"{_PERSONS} where order_count > 0"
    return _fact(value, "first_order_date", source, is_ratio=is_ratio, **more)


def _spent(value: str, by_campaign: str, *, is_ratio: bool = False) -> Check:
    """Figures by campaign in marketing_attribution; the months are those of the spend."""
    return _fact(
        value,
        "spend_date",
        "marts.fact_campaign_spend",
        is_ratio=is_ratio,
        campaign=_select(f"campaign_key, {by_campaign}", _CAMPAIGNS),
    )


def _credited(model: str, *, is_roas: bool = False) -> Check:
    """An attribution model's revenue, or its return on ad spend."""
    total, month, campaign = f"sum({model}_revenue)", "sum(attributed_revenue)", f"{model}_revenue"
    if is_roas:
        total, month = _divided(total, "sum(spend)"), _divided(month, "sum(spend)")
        campaign = f"{model}_roas"
    months = f"marts.marketing_attribution_monthly where attribution_model = '{model}' group by 1"
    grains = {
        TOTAL: _select(total, _CAMPAIGNS),
        MONTH: _select(f"month_start_date, {month}", months),
        "campaign": _select(f"campaign_key, {campaign}", _CAMPAIGNS),
    }
    return Check(grains, is_ratio=is_roas)


_SOLD: Final = "gross_amount - discount_amount"
_COVERED: Final = "sum(case when margin_amount is not null then net_amount else 0 end)"
_REPEATED: Final = "sum(case when is_repeat_customer then 1 else 0 end)"
_HAVE_ORDERED: Final = _select("count(*)", f"{_PERSONS} where order_count > 0")
_YEARS: Final = _select(
    "date_trunc('year', date_day) as year_start, sum(net_amount) as net_amount",
    f"{_DAYS} group by 1",
)
_GROWTH: Final = _divided("now.net_amount - base.net_amount", "base.net_amount")
_ENDS_OF_MONTHS: Final = _select(
    "month_start_date, max(date_day) as date_day", "marts.dim_date group by 1"
)
_LEVELS: Final = _select(
    "date_trunc('month', level_date) as month_start, on_hand, row_number() over "
    "(partition by product_key, date_trunc('month', level_date) order by level_date desc) as place",
    "marts.fact_inventory_levels",
)
_SPENT_BY_MONTH: Final = _by_month("spend_date", "sum(spend) as spend", "marts.fact_campaign_spend")
_LAST_TOUCHES: Final = (
    "marts.attribution_touches as credits inner join marts.fact_marketing_touchpoints as touches "
    "on credits.touchpoint_id = touches.touchpoint_id where last_touch_credit > 0"
)
_KNOWN_TOUCHES: Final = "intermediate.int_touchpoints__persons where person_id is not null"
_TOUCHES_AND_ORDERS: Final = " union all ".join(
    (
        _select("touched_at, 1 as known, 0 as led_to_order", _KNOWN_TOUCHES),
        _select("touched_at, 0 as known, 1 as led_to_order", _LAST_TOUCHES),
    )
)

CHECKS: Final[Mapping[str, Check]] = {
    # --- Finance ---
    "gross_sales": _calendar(
        "gross_amount", product=_select("product_key, gross_amount", _PRODUCTS)
    ),
    "discounts": _calendar(
        "discount_amount", product=_select("product_key, discount_amount", _PRODUCTS)
    ),
    "sales_before_returns": _calendar(_SOLD, product=_select(f"product_key, {_SOLD}", _PRODUCTS)),
    "returns": _calendar("returns_amount"),
    "net_sales": _calendar(
        "net_amount", customer__person=_select("person_id, net_amount", _PERSONS)
    ),
    "shipping_charged": _orders("sum(shipping_total)"),
    "shipping_refunded": _refunds("sum(shipping_refund_amount)"),
    "shipping": _calendar("shipping_amount"),
    "tax_charged": _orders("sum(tax_total)"),
    "tax_refunded": _refunds("sum(tax_refund_amount)"),
    "tax": _calendar("tax_amount"),
    "total_sales": _calendar(
        "total_sales_amount", customer__person=_select("person_id, total_sales_amount", _PERSONS)
    ),
    "gift_cards_sold": _calendar(
        "gift_card_amount", product=_select("product_key, gift_card_amount", _PRODUCTS)
    ),
    "units": _calendar("unit_count", product=_select("product_key, unit_count", _PRODUCTS)),
    "orders": _calendar("order_count", person=_select("person_id, order_count", _PERSONS)),
    "orders_with_items": _calendar("orders_with_items_count"),
    "cancelled_orders": _calendar("cancelled_order_count"),
    "average_order_value": Check(
        {
            TOTAL: _select(_divided(f"sum({_SOLD})", "sum(orders_with_items_count)"), _MONTHS),
            MONTH: _select("month_start_date, average_order_value", _MONTHS),
            DAY: _select("date_day, average_order_value", _DAYS),
            "customer__person": _select("person_id, average_order_value", _PERSONS),
        },
        is_ratio=True,
    ),
    "net_sales_mom_growth": Check(
        {
            MONTH: _select(
                "month_start_date, net_amount_mom_growth",
                f"{_MONTHS} where net_amount_mom_growth is not null",
            ),
            DAY: _select(
                f"now.date_day, {_GROWTH}",
                f"{_DAYS} as now inner join {_DAYS} as base "
                "on base.date_day = now.date_day - interval '1 month' where base.net_amount > 0",
            ),
        },
        is_ratio=True,
        is_partial=True,
    ),
    "net_sales_yoy_growth": Check(
        {
            MONTH: _select(
                "month_start_date, net_amount_yoy_growth",
                f"{_MONTHS} where net_amount_yoy_growth is not null",
            ),
            YEAR: _select(
                f"now.year_start, {_GROWTH}",
                f"({_YEARS}) as now inner join ({_YEARS}) as base "
                "on base.year_start = now.year_start - interval '1 year'",
            ),
        },
        is_ratio=True,
        is_partial=True,
    ),
    "net_sales_to_date": Check(
        {
            TOTAL: _select("sum(net_amount)", _MONTHS),
            MONTH: _select(
                "month_start_date, sum(net_amount) over (order by month_start_date)", _MONTHS
            ),
        },
        is_partial=True,
    ),
    "net_sales_year_to_date": Check(
        {
            MONTH: _select("month_start_date, net_amount_year_to_date", _MONTHS),
            DAY: _select("date_day, net_amount_year_to_date", _DAYS),
            YEAR: _YEARS,
        },
        is_partial=True,
    ),
    "net_sales_28d": Check(
        {
            MONTH: _select(
                "ends.month_start_date, sum(days.net_amount)",
                f"({_ENDS_OF_MONTHS}) as ends inner join {_DAYS} as days "
                "on days.date_day <= ends.date_day "
                "and days.date_day > ends.date_day - interval '28 days' group by 1",
            ),
            DAY: _select(
                "date_day, cast(28 * net_amount_28d_average as numeric(18, 2))",
                f"{_DAYS} where net_amount_28d_average is not null",
            ),
        },
        is_partial=True,
    ),
    # --- Customers ---
    "customers": Check(
        {
            TOTAL: _HAVE_ORDERED,
            MONTH: _select("month_start_date, customer_count", _MONTHS),
            DAY: _select("date_day, customer_count", _DAYS),
        }
    ),
    "new_customers": _calendar("new_customer_count"),
    "returning_customers": Check(
        {
            TOTAL: _select(f"({_HAVE_ORDERED}) - sum(new_customer_count)", _MONTHS),
            MONTH: _select("month_start_date, returning_customer_count", _MONTHS),
            DAY: _select("date_day, returning_customer_count", _DAYS),
        }
    ),
    "repeat_customers": _persons(_REPEATED),
    "repeat_rate": _persons(_divided(_REPEATED, "count(*)"), is_ratio=True),
    "lifetime_value": _persons(
        "sum(lifetime_value)", person=_select("person_id, lifetime_value", _PERSONS)
    ),
    "average_lifetime_value": _persons(_divided("sum(lifetime_value)", "count(*)"), is_ratio=True),
    # --- Products ---
    # Like a ratio null, not 0, where no sale has a cost.
    "margin": _lines("sum(margin_amount)", "margin_amount", is_ratio=True),
    "covered_net_sales": _fact(_COVERED, "order_date", "marts.fact_order_items where is_valid"),
    "kept_sales": _lines("sum(net_amount)", "net_amount"),
    "margin_rate": _lines(_divided("sum(margin_amount)", _COVERED), "margin_rate", is_ratio=True),
    "margin_coverage_rate": _lines(
        _divided(_COVERED, "sum(net_amount)"), "margin_coverage_rate", is_ratio=True
    ),
    "units_sent_back": _lines("sum(returned_quantity)", "returned_quantity"),
    "unit_return_rate": _lines(
        _divided("sum(returned_quantity)", "sum(quantity)"), "unit_return_rate", is_ratio=True
    ),
    "returns_of_sales": _lines("sum(returns_amount)", "returns_amount"),
    "value_return_rate": _lines(
        _divided("sum(returns_amount)", f"sum({_SOLD})"), "value_return_rate", is_ratio=True
    ),
    "average_unit_price": _lines(
        _divided(f"sum({_SOLD})", "sum(quantity)"), "average_unit_price", is_ratio=True
    ),
    "stock_on_hand": Check(
        {
            TOTAL: _select("sum(on_hand)", _PRODUCTS),
            MONTH: _select(
                "month_start, sum(on_hand)", f"({_LEVELS}) as levels where place = 1 group by 1"
            ),
            "product": _select("product_key, on_hand", f"{_PRODUCTS} where on_hand is not null"),
        }
    ),
    # --- Marketing ---
    "spend": _spent("sum(spend)", "spend"),
    "impressions": _spent("sum(impressions)", "impressions"),
    "clicks": _spent("sum(clicks)", "clicks"),
    "cost_per_click": _spent(
        _divided("sum(spend)", "sum(clicks)"), "cost_per_click", is_ratio=True
    ),
    "click_through_rate": _spent(
        _divided("sum(clicks)", "sum(impressions)"), "click_through_rate", is_ratio=True
    ),
    "first_touch_revenue": _credited("first_touch"),
    "last_touch_revenue": _credited("last_touch"),
    "last_non_direct_revenue": _credited("last_non_direct"),
    "linear_revenue": _credited("linear"),
    "position_based_revenue": _credited("position_based"),
    "time_decay_revenue": _credited("time_decay"),
    "markov_revenue": _credited("markov"),
    "shapley_revenue": _credited("shapley"),
    "last_non_direct_roas": _credited("last_non_direct", is_roas=True),
    "linear_roas": _credited("linear", is_roas=True),
    "blended_roas": Check(
        {
            TOTAL: _select(
                _divided("net_amount", "spend"),
                f"({_select('sum(net_amount) as net_amount', _MONTHS)}) as months "
                f"cross join ({_select('sum(spend) as spend', _CAMPAIGNS)}) as campaigns",
            ),
            MONTH: _select(
                f"months.month_start_date, {_divided('net_amount', 'spend')}",
                f"{_MONTHS} as months left join ({_SPENT_BY_MONTH}) as spent "
                "on months.month_start_date = spent.month_start",
            ),
        },
        is_ratio=True,
    ),
    "attributed_new_customers": Check(
        {
            TOTAL: _select("sum(new_customer_count)", _CAMPAIGNS),
            MONTH: _select("month_start_date, new_customer_count", _MONTHS),
            "campaign": _select("campaign_key, new_customer_count", _CAMPAIGNS),
        }
    ),
    "customer_acquisition_cost": Check(
        {
            TOTAL: _select(_divided("sum(spend)", "sum(new_customer_count)"), _CAMPAIGNS),
            MONTH: _select(
                f"months.month_start_date, {_divided('spend', 'new_customer_count')}",
                f"{_MONTHS} as months left join ({_SPENT_BY_MONTH}) as spent "
                "on months.month_start_date = spent.month_start",
            ),
            "campaign": _select("campaign_key, customer_acquisition_cost", _CAMPAIGNS),
        },
        is_ratio=True,
    ),
    "touches": _fact("count(*)", "touch_date", "marts.fact_marketing_touchpoints"),
    # Not by campaign: for two touches in one second, MetricFlow may pick either.
    "touched_orders": _fact("count(*)", "touched_at", _LAST_TOUCHES),
    "touch_conversion_rate": _fact(
        _divided("sum(led_to_order)", "sum(known)"),
        "touched_at",
        f"({_TOUCHES_AND_ORDERS}) as touches",
        is_ratio=True,
    ),
}
