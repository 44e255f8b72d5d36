"""Planting a defect in the data or in a model makes a test of the dbt project fail.

A shop is loaded and built once. Each defect goes into a copy: a wrong row, or a model with one
logic error. Unit tests are independent of each other, so mutations of different models share a run;
defects that only show in the data have their own run.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from conftest import NO_TESTS, Dbt, DbtResult
from ecommerce_analytics.paths import DBT_PROJECT

_NOT_COPIED: Final = shutil.ignore_patterns("target", "logs")


@dataclass(frozen=True)
class DataDefect:
    """A change of raw tables, and a test that must fail."""

    name: str
    sql: str
    test: str


@dataclass(frozen=True)
class Mutation:
    """A change of a model or macro, and a test that must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str

    def path(self, project: Path) -> Path | None:
        """The file to change; none if the project no longer has the mutated text."""
        name = f"{self.file}.sql"
        for path in (*project.glob(f"models/**/{name}"), *project.glob(f"macros/**/{name}")):
            if self.old in path.read_text(encoding="utf-8"):
                return path
        return None

    def apply(self, project: Path) -> None:
        """Change the file in a copy of the project."""
        path = self.path(project)
        assert path, f"{self.file} no longer says {self.old!r}: renew '{self.name}'"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(self.old, self.new, 1), encoding="utf-8")


# Detected by a test of the staging views, without a build. No two share a test.
STAGING_DEFECTS: Final = (
    DataDefect(
        "a second row of an order",
        "insert into raw_data.orders select * from raw_data.orders where order_id = 10",
        "unique_stg_ecommerce__orders_order_id",
    ),
    DataDefect(
        "a second row of a customer",
        "insert into raw_data.customers select * from raw_data.customers where customer_id = 10",
        "unique_stg_ecommerce__customers_customer_id",
    ),
    DataDefect(
        "a second row of a line",
        "insert into raw_data.order_items select * from raw_data.order_items where "
        "order_item_id = 20",
        "unique_stg_ecommerce__order_items_order_item_id",
    ),
    DataDefect(
        "a second row of a refund",
        "insert into raw_data.refunds select * from raw_data.refunds limit 1",
        "unique_stg_ecommerce__refunds_refund_id",
    ),
    DataDefect(
        "an order without a status",
        "update raw_data.orders set order_status = null where order_id = 11",
        "stg_ecommerce__orders__required_columns",
    ),
    DataDefect(
        "an order status nobody knows",
        "update raw_data.orders set order_status = 'lost' where order_id = 12",
        "stg_ecommerce__orders__order_status__known_values",
    ),
    DataDefect(
        "an order total off by a cent",
        "update raw_data.orders set order_total = order_total + 0.01 where order_id = 13",
        "stg_ecommerce__orders__total_adds_up",
    ),
    DataDefect(
        "a line total off by a cent",
        "update raw_data.order_items set line_total = line_total + 0.01 where order_item_id = 21",
        "stg_ecommerce__order_items__line_total_adds_up",
    ),
    DataDefect(
        "a line without its order",
        "update raw_data.order_items set order_id = 999999 where order_item_id = 22",
        "stg_ecommerce__order_items__order_id__in_stg_ecommerce__orders",
    ),
    DataDefect(
        "a line of an unknown product",
        "update raw_data.order_items set product_id = 999999 where order_item_id = 23",
        "stg_ecommerce__order_items__product_id__in_stg_ecommerce__products",
    ),
    DataDefect(
        "fewer than no units",
        "update raw_data.order_items set quantity = -1 where order_item_id = 24",
        "stg_ecommerce__order_items__at_least_1",
    ),
    DataDefect(
        "a refund without its order",
        "update raw_data.refunds set order_id = 999999 where refund_id = (select "
        "min(refund_id) from raw_data.refunds)",
        "stg_ecommerce__refunds__order_id__in_stg_ecommerce__orders",
    ),
    DataDefect(
        "a negative refund",
        "update raw_data.refunds set goods_amount = -1 where refund_id = (select "
        "max(refund_id) from raw_data.refunds)",
        "stg_ecommerce__refunds__at_least_0",
    ),
    DataDefect(
        "an order delivered before it shipped",
        "update raw_data.orders set delivered_at = shipped_at - interval 1 hour "
        "where order_id = (select min(order_id) from raw_data.orders where "
        "delivered_at is not null)",
        "assert_order_timeline_in_order",
    ),
    DataDefect(
        "a touch of an unknown campaign",
        "update raw_data.marketing_touchpoints set campaign_id = 999999 where touchpoint_id = 5",
        "stg_ecommerce__marketing_touchpoints__campaign_id__in_stg_ecommerce__campaigns",
    ),
    DataDefect(
        "a touch through an unknown channel",
        "update raw_data.marketing_touchpoints set channel = 'radio' where touchpoint_id = 6",
        "stg_ecommerce__marketing_touchpoints__channel__known_values",
    ),
    DataDefect(
        "spend on an unknown campaign",
        "update raw_data.campaign_spend_daily set campaign_id = 999999 where "
        "spend_date = (select min(spend_date) from raw_data.campaign_spend_daily)",
        "stg_ecommerce__campaign_spend_daily__campaign_id__in_stg_ecommerce__campaigns",
    ),
    DataDefect(
        "a customer in an unknown segment",
        "update raw_data.customers set segment = 'whale' where customer_id = 11",
        "stg_ecommerce__customers__segment__known_values",
    ),
    DataDefect(
        "an order of an unknown customer",
        "update raw_data.orders set customer_id = 999999 where order_id = 16",
        "stg_ecommerce__orders__customer_id__in_stg_ecommerce__customers",
    ),
)

# Detected after the marts are built from them.
MART_DEFECTS: Final = (
    DataDefect(
        "a second currency",
        "update raw_data.orders set currency = 'EUR' where order_id = 15",
        "assert_one_currency",
    ),
)

# Detected by a unit test of the model.
UNIT_MUTATIONS: Final = (
    Mutation(
        "cancelled and test orders in the sequence",
        "int_orders__sequence",
        "    where is_valid\n",
        "",
        "sequence_counts_valid_orders_only",
    ),
    Mutation(
        "a person's other orders left as they were",
        "int_orders__sequence",
        "changed_rows('person_id')",
        "changed_rows('order_id')",
        "sequence_increment_takes_whole_persons",
    ),
    Mutation(
        "ties in time left to chance",
        "int_orders__sequence",
        "{{ key_order('order_id') }} asc\n            ) as bigint\n        ) as order_number",
        "{{ key_order('order_id') }} desc\n            ) as bigint\n        ) as order_number",
        "sequence_counts_valid_orders_only",
    ),
    Mutation(
        "returns of invalid orders",
        "int_refunds__daily_agg",
        "    where is_valid\n",
        "",
        "refunds_daily_agg_leaves_out_invalid_orders",
    ),
    Mutation(
        "returns on the order's date",
        "int_refunds__daily_agg",
        "        refund_date as date_day,",
        "        order_date as date_day,",
        "refunds_daily_agg_leaves_out_invalid_orders",
    ),
    Mutation(
        "cancelled orders in gross",
        "int_orders__daily_agg",
        "sum(case when is_valid then gross_amount else 0 end)",
        "sum(gross_amount)",
        "daily_agg_dates_refunds_on_their_day",
    ),
    Mutation(
        "tests among the cancelled",
        "int_orders__daily_agg",
        "is_cancelled and not is_test",
        "is_cancelled",
        "daily_agg_dates_refunds_on_their_day",
    ),
    Mutation(
        "days without orders dropped",
        "int_orders__daily_agg",
        "left join orders_by_day",
        "inner join orders_by_day",
        "daily_agg_dates_refunds_on_their_day",
    ),
    Mutation(
        "orders without items dropped",
        "fact_orders",
        "left join items",
        "inner join items",
        "fact_orders_bridge_and_flags",
    ),
    Mutation(
        "an order's lines of every order",
        "fact_orders",
        "left join items on orders.order_id = items.order_id",
        "left join items on orders.order_id >= items.order_id",
        "fact_orders_bridge_and_flags",
    ),
    Mutation(
        "no items is null",
        "fact_orders",
        "coalesce(items.gross_amount, 0) as",
        "items.gross_amount as",
        "fact_orders_bridge_and_flags",
    ),
    Mutation(
        "tests are valid",
        "fact_orders",
        "not is_test and order_status not in",
        "order_status not in",
        "fact_orders_bridge_and_flags",
    ),
    Mutation(
        "order date in UTC",
        "fact_orders",
        "{{ to_local_date('ordered_at') }}",
        "cast(ordered_at as date)",
        "fact_orders_bridge_and_flags",
    ),
    Mutation(
        "cost of what came back",
        "fact_order_items",
        "(order_items.quantity - coalesce(returns.returned_quantity, 0))",
        "order_items.quantity",
        "order_items_margin_and_returns",
    ),
    Mutation(
        "unknown cost is no cost",
        "fact_order_items",
        "order_items.unit_cost\n",
        "coalesce(order_items.unit_cost, 0)\n",
        "order_items_margin_and_returns",
    ),
    Mutation(
        "net of a line before returns",
        "fact_order_items",
        "order_items.sales_amount - coalesce(returns.returns_amount, 0)",
        "order_items.sales_amount",
        "order_items_margin_and_returns",
    ),
    Mutation(
        "refund date in UTC",
        "fact_refunds",
        "{{ to_local_date('refund_lines.refunded_at') }}",
        "cast(refund_lines.refunded_at as date)",
        "refunds_are_dated_locally",
    ),
    Mutation(
        "gift cards inside gross",
        "int_order_items__amounts",
        "line_type in ('gift_card', 'tip') as is_outside_sales",
        "line_type = 'tip' as is_outside_sales",
        "order_discounts_are_spread_over_goods",
    ),
    Mutation(
        "coupons on gift cards",
        "int_order_items__amounts",
        "greatest(totals.discount_cents - totals.goods_cents, 0), totals.other_cents",
        "totals.discount_cents, totals.other_cents",
        "order_discounts_are_spread_over_goods",
    ),
    Mutation(
        "an order's discount forgotten",
        "int_order_items__amounts",
        "price_cents - sold_cents + own_cents",
        "price_cents - sold_cents",
        "order_discounts_are_spread_over_goods",
    ),
    Mutation(
        "an order's discount on each line",
        "int_order_items__amounts",
        "'order_discount_cents', 'sold_cents', 'shared_cents'",
        "'order_discount_cents', 'sold_cents', 'sold_cents'",
        "order_discounts_are_spread_over_goods",
    ),
    Mutation(
        "a refund of an order on each line",
        "int_refunds__items",
        "'nullif(' ~ measure ~ '_order_left, 0)",
        "'nullif(' ~ measure ~ '_left, 0)",
        "refund_of_a_line_and_of_an_order",
    ),
    Mutation(
        "gift card refunds are returns",
        "int_refunds__items",
        "case when is_outside_sales then 0 else goods_amount end",
        "goods_amount",
        "refund_of_a_line_and_of_an_order",
    ),
    Mutation(
        "a line's refund on all lines",
        "int_refunds__items",
        "and refunds.order_item_id = lines.order_item_id",
        "and refunds.order_item_id <> lines.order_item_id",
        "refund_of_a_line_and_of_an_order",
    ),
    Mutation(
        "refunds without a line dropped",
        "int_refunds__items",
        "left join lines_left on",
        "inner join lines_left on",
        "refund_of_a_line_and_of_an_order",
    ),
    Mutation(
        "a rest refunded of what was sold",
        "int_refunds__items",
        "ranked.{{ measure }}_sold - coalesce(taken.{{ measure }}_taken, 0)\n"
        "                as {{ measure }}_left",
        "ranked.{{ measure }}_sold\n                as {{ measure }}_left",
        "refunds_take_what_is_left",
    ),
    Mutation(
        "odd cents beyond what a line has",
        "int_refunds__items",
        "least({{ measure }}_odd_through, {{ measure }}_room_through)",
        "{{ measure }}_odd_through",
        "refunds_take_what_is_left",
    ),
    Mutation(
        "what is beyond the order forgotten",
        "int_refunds__items",
        "goods_rest - goods_spread else 0 end as",
        "0 else 0 end as",
        "refunds_take_what_is_left",
    ),
    Mutation(
        "what is beyond the order on a product",
        "int_refunds__items",
        "order by case when is_made then 0 else 1 end asc nulls last, line_rank asc nulls last",
        "order by line_rank asc nulls last",
        "refunds_take_what_is_left",
    ),
    Mutation(
        "no line for what is beyond the order",
        "int_order_items__amounts",
        "{{ to_cents('max(refunded_orders.refunded_amount)') }} > sum(",
        "{{ to_cents('max(refunded_orders.refunded_amount)') }} < 0 * sum(",
        "irregular_lines_are_carried",
    ),
    Mutation(
        "an exchange counted as a sale",
        "int_order_items__amounts",
        "lines.quantity < 0 or lines.line_total < 0 as is_return",
        "false as is_return",
        "irregular_lines_are_carried",
    ),
    Mutation(
        "money without lines forgotten",
        "int_order_items__amounts",
        "where orders_without_lines.paid_amount <> 0 or",
        "where",
        "irregular_lines_are_carried",
    ),
    Mutation(
        "a discount beyond what goods sold for",
        "int_order_items__amounts",
        "then least(totals.discount_cents, totals.goods_cents)",
        "then totals.discount_cents",
        "irregular_lines_are_carried",
    ),
    Mutation(
        "included tax left in sales",
        "int_order_items__amounts",
        "sold_cents - own_cents - '",
        "sold_cents - own_cents - 0 * '",
        "included_tax_is_taken_out",
    ),
    Mutation(
        "shipping without its part of the tax",
        "int_order_items__amounts",
        "                'shipping_cents',\n",
        "                '0',\n",
        "included_tax_is_taken_out",
    ),
    Mutation(
        "an order of year 1 taken",
        "int_orders__accepted",
        "    where {{ is_credible_time('orders.ordered_at', 'orders.loaded_at') }}\n",
        "",
        "orders_are_dated_credibly_and_of_a_known_status",
    ),
    Mutation(
        "the mapping of another column",
        "int_orders__accepted",
        "value_mapping('order_status')",
        "value_mapping('channel')",
        "orders_are_dated_credibly_and_of_a_known_status",
    ),
    Mutation(
        "included tax left in refunds",
        "int_refunds__accepted",
        "goods_cents - (included_cents - shipping_included_cents)",
        "goods_cents",
        "refunds_are_parted_from_included_tax",
    ),
    Mutation(
        "refunds that wait for ever",
        "int_refunds__without_order",
        "        dated.order_id is null\n        or",
        "        dated.order_id is null\n        and",
        "refunds_wait_for_their_order",
    ),
    Mutation(
        "touches after the order",
        "int_orders__journeys",
        "            and orders.ordered_at >= touchpoints.touched_at\n",
        "",
        "journeys_hold_the_window",
    ),
    Mutation(
        "the touch at the moment of the order",
        "int_orders__journeys",
        "orders.ordered_at >= touchpoints.touched_at",
        "orders.ordered_at > touchpoints.touched_at",
        "journeys_hold_the_window",
    ),
    Mutation(
        "the touch at the window's edge",
        "int_orders__journeys",
        ") }} <= touchpoints.touched_at",
        ") }} < touchpoints.touched_at",
        "journeys_hold_the_window",
    ),
    Mutation(
        "odd cents to the lightest line",
        "int_order_items__amounts",
        "order by sold_cents desc nulls last",
        "order by sold_cents asc nulls last",
        "order_discounts_are_spread_over_goods",
    ),
    Mutation(
        "odd cents to the smallest remainder",
        "attribution_touches",
        ") }} desc nulls last,",
        ") }} asc nulls last,",
        "attribution_splits_every_cent",
    ),
    Mutation(
        "orders without touches dropped",
        "attribution_touches",
        "where last_non_direct.order_id is null",
        "where false",
        "attribution_splits_every_cent",
    ),
    Mutation(
        "direct is the last touch",
        "attribution_touches",
        "case when not is_direct then touch_position end",
        "touch_position",
        "attribution_splits_every_cent",
    ),
    Mutation(
        "no stitching of devices",
        "int_touchpoints__persons",
        "coalesce(touchpoints.customer_id, first_sightings.customer_id)",
        "touchpoints.customer_id",
        "touch_persons_stitch_anonymous_ids",
    ),
    Mutation(
        "the device's last owner",
        "int_touchpoints__persons",
        "order by touched_at asc",
        "order by touched_at desc",
        "touch_persons_stitch_anonymous_ids",
    ),
    Mutation(
        "customers are orders",
        "int_orders__period_customers_agg",
        "count(distinct person_id)",
        "count(*)",
        "period_customers_are_recounted",
    ),
    Mutation(
        "calendar year beside ISO week",
        "orders_weekly",
        "{{ iso_year('by_week.week_start_date') }}",
        "cast(extract(year from by_week.week_start_date) as integer)",
        "orders_weekly_incomplete_weeks",
    ),
    Mutation(
        "week customers from the days",
        "orders_weekly",
        "where period = 'week'",
        "where period = 'day'",
        "orders_weekly_incomplete_weeks",
    ),
    Mutation(
        "growth on an incomplete week",
        "orders_weekly",
        "is_complete and lag(is_complete, 1)",
        "lag(is_complete, 1)",
        "orders_weekly_incomplete_weeks",
    ),
    Mutation(
        "the last week is complete",
        "orders_weekly",
        "<= bounds.last_order_date",
        "<= {{ add_days('bounds.last_order_date', 7) }}",
        "orders_weekly_incomplete_weeks",
    ),
    Mutation(
        "weeks without customers dropped",
        "orders_weekly",
        "left join customers",
        "inner join customers",
        "orders_weekly_incomplete_weeks",
    ),
    Mutation(
        "growth of 13 months",
        "orders_monthly",
        "lag(net_amount, 12)",
        "lag(net_amount, 11)",
        "orders_monthly_growth",
    ),
    Mutation(
        "growth on an incomplete month",
        "orders_monthly",
        "is_complete and lag(is_complete, 1)",
        "lag(is_complete, 1)",
        "orders_monthly_growth",
    ),
    Mutation(
        "year to date forever",
        "orders_monthly",
        "            partition by year_number\n",
        "",
        "orders_monthly_growth",
    ),
    Mutation(
        "average of six days",
        "orders_daily",
        "rows between 6 preceding",
        "rows between 5 preceding",
        "orders_daily_averages_and_growth",
    ),
    Mutation(
        "average before the seventh day",
        "orders_daily",
        "when day_number >= 7",
        "when day_number >= 6",
        "orders_daily_averages_and_growth",
    ),
    Mutation(
        "average order value over all orders",
        "orders_daily",
        "'orders_with_items_count'",
        "'order_count'",
        "orders_daily_averages_and_growth",
    ),
    Mutation(
        "returning customers are all",
        "orders_daily",
        "customer_count - new_customer_count",
        "customer_count",
        "orders_daily_averages_and_growth",
    ),
    Mutation(
        "one order is repeat",
        "customer_analytics",
        "order_count >= 2 as is_repeat",
        "order_count >= 1 as is_repeat",
        "customer_analytics_statuses",
    ),
    Mutation(
        "a row for each account",
        "customer_analytics",
        "    where is_primary_account\n",
        "",
        "customer_analytics_statuses",
    ),
    Mutation(
        "prospects dropped",
        "customer_analytics",
        "left join orders",
        "inner join orders",
        "customer_analytics_statuses",
    ),
    Mutation(
        "recency the wrong way round",
        "customer_analytics",
        "6 - {{ quantile",
        "{{ quantile",
        "customer_analytics_statuses",
    ),
    Mutation(
        "average between orders over orders",
        "customer_analytics",
        "then order_count - 1 end",
        "then order_count end",
        "customer_analytics_statuses",
    ),
    Mutation(
        "the crossing product is a B",
        "product_performance",
        "cumulative_net_amount - net_amount < 0.80",
        "cumulative_net_amount < 0.80",
        "product_performance_classes",
    ),
    Mutation(
        "exactly 95 % is a B",
        "product_performance",
        "net_amount < 0.95",
        "net_amount <= 0.95",
        "product_performance_classes",
    ),
    Mutation(
        "unsold products dropped",
        "product_performance",
        "left join sales",
        "inner join sales",
        "product_performance_classes",
    ),
    Mutation(
        "margin over all net sales",
        "product_performance",
        "ratio('margin_amount', 'covered_net_amount')",
        "ratio('margin_amount', 'net_amount')",
        "product_performance_classes",
    ),
    Mutation(
        "cover by 30 days",
        "product_performance",
        "on_hand * 28",
        "on_hand * 30",
        "product_performance_classes",
    ),
    Mutation(
        "cancelled orders in product sales",
        "int_products__sales_agg",
        "    where is_valid\n",
        "",
        "product_sales_counts_and_coverage",
    ),
    Mutation(
        "net of lines with unknown cost",
        "int_products__sales_agg",
        "when order_items.margin_amount is not null then",
        "when true then",
        "product_sales_counts_and_coverage",
    ),
    Mutation(
        "orders counted by line",
        "int_products__sales_agg",
        "count(distinct order_items.order_id)",
        "count(order_items.order_id)",
        "product_sales_counts_and_coverage",
    ),
    Mutation(
        "spend without sales dropped",
        "marketing_attribution_v2",
        "left join credited",
        "inner join credited",
        "attribution_without_spend_or_sales_v2",
    ),
    Mutation(
        "sales without spend dropped",
        "marketing_attribution_v2",
        "left join spend",
        "inner join spend",
        "attribution_without_spend_or_sales_v2",
    ),
    Mutation(
        "return on budget",
        "marketing_attribution_v2",
        "ratio('last_non_direct_revenue', 'spend')",
        "ratio('last_non_direct_revenue', 'budget')",
        "attribution_without_spend_or_sales_v2",
    ),
    Mutation(
        "every order is a new customer",
        "marketing_attribution_v2",
        " and is_first_order",
        "",
        "attribution_without_spend_or_sales_v2",
    ),
    Mutation(
        "the last account is primary",
        "int_customers__persons",
        "{{ credible_time('signed_up_at') }} asc nulls last",
        "{{ credible_time('signed_up_at') }} desc nulls last",
        "persons_primary_account_is_the_first",
    ),
    Mutation(
        "as of the last refund",
        "int_shop__date_bounds",
        "            last_order_date as as_of_date",
        "            last_sales_date as as_of_date",
        "bounds_are_local_days",
    ),
    Mutation(
        "the sales calendar ends with the orders",
        "int_shop__date_bounds",
        "event_name in ('order', 'refund')",
        "event_name in ('order')",
        "bounds_are_local_days",
    ),
    Mutation(
        "all orders are with items",
        "int_customers__orders_agg",
        "case when orders.has_items then 1 else 0 end",
        "1",
        "orders_agg_sums_valid_orders",
    ),
    Mutation(
        "the third fifth ends at the half",
        "customer_analytics",
        "percentile('recency_days', 0.6)",
        "percentile('recency_days', 0.5)",
        "customer_analytics_statuses",
    ),
    Mutation(
        "a guest's address ignored",
        "int_orders__persons",
        "person_id('orders.normalized_email', 'order', 'orders.order_id')",
        "person_id('cast(null as varchar)', 'order', 'orders.order_id')",
        "order_persons_resolve_guests",
    ),
    Mutation(
        "a day's customers as the month's",
        "orders_monthly",
        "period = 'month'",
        "period = 'day'",
        "orders_monthly_growth",
    ),
    Mutation(
        "orders without items in the base of the average",
        "int_orders__daily_agg",
        "is_valid and has_items",
        "is_valid",
        "daily_agg_dates_refunds_on_their_day",
    ),
    Mutation(
        "touches in the order of their ids",
        "int_orders__journeys",
        "touches.touched_at asc nulls last,\n",
        "",
        "journeys_hold_the_window",
    ),
    Mutation(
        "calendar days before the order",
        "int_orders__journeys",
        "whole_days_between('touched_at', 'ordered_at')",
        "calculate_days_between('touched_at', 'ordered_at')",
        "journeys_hold_the_window",
    ),
    Mutation(
        "equal products ranked apart",
        "product_performance",
        "rank() over (order by net_amount desc nulls last) as bigint) as revenue_rank",
        "row_number() over (order by net_amount desc nulls last) as bigint) as revenue_rank",
        "product_performance_edges",
    ),
    Mutation(
        "exactly 80 % still an A",
        "product_performance",
        "< 0.80",
        "<= 0.80",
        "product_performance_edges",
    ),
    Mutation(
        "29 days as 28",
        "int_products__sales_agg",
        "order_items.order_date > {{ add_days",
        "order_items.order_date >= {{ add_days",
        "product_sales_counts_and_coverage",
    ),
    Mutation(
        "a vip only above the amount",
        "customer_analytics",
        "net_amount >= {{ var('customer_vip_amount') }}",
        "net_amount > {{ var('customer_vip_amount') }}",
        "customer_analytics_edges",
    ),
    Mutation(
        "churned a day early",
        "customer_analytics",
        "recency_days > {{ var('customer_at_risk_days') }}",
        "recency_days >= {{ var('customer_at_risk_days') }}",
        "customer_analytics_edges",
    ),
    Mutation(
        "at risk a day early",
        "customer_analytics",
        "recency_days > {{ var('customer_active_days') }}",
        "recency_days >= {{ var('customer_active_days') }}",
        "customer_analytics_edges",
    ),
    Mutation(
        "a wrong fifth",
        "customer_analytics",
        "percentile('ordered_net_amount', 0.2)",
        "percentile('ordered_net_amount', 0.5)",
        "customer_analytics_edges",
    ),
    Mutation(
        "increments that forget corrections",
        "fact_orders",
        "ref('int_orders__accepted') }}\n    {{ changed_rows() }}\n",
        "ref('int_orders__accepted') }}\n    {% if is_incremental() %}where false{% endif %}\n",
        "fact_orders_increment_takes_changed_orders",
    ),
    Mutation(
        "increments that take what was built before",
        "changed_rows",
        "where changes.changed_at > (",
        "where changes.changed_at <= (",
        "order_items_increment_takes_changed_orders",
    ),
    Mutation(
        "a line loaded again unseen",
        "int_orders__changes",
        "sum({{ epoch_microseconds('loaded_at') }}) as numeric(38, 0)) as line_load_sum",
        "max({{ epoch_microseconds('loaded_at') }}) as numeric(38, 0)) as line_load_sum",
        "changes_are_seen_whatever_changed",
    ),
    Mutation(
        "deleted orders unseen",
        "int_orders__changes",
        "        not exists (",
        "        false and not exists (",
        "changes_are_seen_whatever_changed",
    ),
)

# Detected by the macro's own test.
MACRO_MUTATIONS: Final = (
    Mutation(
        "seconds too coarse for a day",
        "whole_days_between",
        "date_diff('microsecond', {{ first_moment }}, {{ last_moment }}) // 86400000000",
        "date_diff('second', {{ first_moment }}, {{ last_moment }}) // 86400",
        "macro_whole_days_between",
    ),
    Mutation(
        "a day among the days it is compared with",
        "trailing_z_score",
        "' preceding and 1 preceding)'",
        "' preceding and current row)'",
        "macro_trailing_z_score",
    ),
    Mutation(
        "rows that do not count counted in a season",
        "seasonality_index",
        "over () * count(' ~ value ~ ')",
        "over () * count(*)",
        "macro_seasonality_index",
    ),
    Mutation(
        "growth on nothing",
        "growth",
        "{{ base }} > 0",
        "{{ base }} <> 0",
        "macro_growth",
    ),
    Mutation(
        "cut point in the upper bin",
        "quantile_score",
        "{{ value }} > {{ cut }}",
        "{{ value }} >= {{ cut }}",
        "macro_quantile_score",
    ),
    Mutation(
        "ties split over bins",
        "quantile_score",
        "{{ cuts[0] }} < {{ cuts[1] }}",
        "{{ cuts[0] }} <= {{ cuts[1] }}",
        "macro_quantile_score",
    ),
    Mutation(
        "odd cents dropped",
        "allocate_settle",
        "when {{ is_heaviest }}",
        "when false",
        "macro_allocate",
    ),
    Mutation(
        "case matters in e-mails",
        "normalize_email",
        "ascii_lower(strip_blanks(email))",
        "strip_blanks(email)",
        "macro_normalize_email",
    ),
    Mutation(
        "blanks matter in e-mails",
        "normalize_email",
        "strip_blanks(email)",
        "email",
        "macro_normalize_email",
    ),
    Mutation(
        "letters beyond ASCII lowered",
        "ascii_lower",
        "when {{ byte_length(text) }} = length({{ text }}) then",
        "when true then",
        "macro_normalize_email",
    ),
    Mutation(
        "40 % for both ends together",
        "attribution_weights",
        "2 * (touch_count - 2)",
        "1 * (touch_count - 2)",
        "macro_attribution_weights",
    ),
    Mutation(
        "decay by 14 days",
        "attribution_weights",
        "~ ') / '\n",
        "~ ') / 2 / '\n",
        "macro_attribution_weights",
    ),
    Mutation(
        "averages of two values",
        "percentile",
        "percentile_disc",
        "percentile_cont",
        "macro_percentile",
    ),
    Mutation(
        "odd cents to every part",
        "allocate_settle",
        "when {{ is_heaviest }}",
        "when true",
        "macro_allocate",
    ),
)

# Detected only in the data, after the selected nodes are built; the test is selected too.
DATA_MUTATIONS: Final = (
    (
        Mutation(
            "27 days as 28",
            "orders_daily",
            "rows between 27 preceding",
            "rows between 26 preceding",
            "assert_daily_windows_match_dates",
        ),
        ("orders_daily",),
    ),
    (
        Mutation(
            "another weekday a year before",
            "orders_daily",
            "lag(daily.net_amount, 364)",
            "lag(daily.net_amount, 365)",
            "assert_daily_windows_match_dates",
        ),
        ("orders_daily",),
    ),
    (
        Mutation(
            "first order by account",
            "int_orders__sequence",
            "partition by person_id",
            "partition by customer_id",
            "int_customers__orders_agg",
        ),
        ("int_orders__sequence", "int_customers__orders_agg"),
    ),
    (
        Mutation(
            "position based halves forgotten",
            "attribution_weights",
            "touch_count <= 2",
            "touch_count <= 1",
            "model.ecommerce_analytics.attribution_touches",
        ),
        ("attribution_touches",),
    ),
    (
        Mutation(
            "direct only journeys lose credit",
            "attribution_weights",
            "coalesce(last_non_direct_position, touch_count)",
            "last_non_direct_position",
            "model.ecommerce_analytics.attribution_touches",
        ),
        ("attribution_touches",),
    ),
    (
        Mutation(
            "orders without a touch earn nothing",
            "attribution_touches",
            "orders.net_amount as {{ model }}_revenue",
            "cast(0 as {{ type_money() }}) as {{ model }}_revenue",
            "assert_campaign_revenue_matches_revenue",
        ),
        ("attribution_touches", "marketing_attribution", "assert_campaign_revenue_matches_revenue"),
    ),
    (
        Mutation(
            "visits summed over too few steps",
            "int_campaigns__removal_effects",
            "from power_{{ powers.count }} as visits",
            "from power_1 as visits",
            "assert_chain_converts_as_observed",
        ),
        ("int_campaigns__removal_effects", "assert_chain_converts_as_observed"),
    ),
    (
        Mutation(
            "a lost path taken for a conversion",
            "int_campaigns__transitions",
            "'(lost)' as outcome",
            "'(conversion)' as outcome",
            "int_campaigns__transitions__conversions_are_orders",
        ),
        ("int_campaigns__transitions", "int_orders__journeys"),
    ),
    (
        Mutation(
            "revenue in a month that is not the order's",
            "attribution_touches",
            "orders.order_date,",
            "cast('2024-01-15' as date) as order_date,",
            "assert_attributed_revenue_matches_revenue",
        ),
        (
            "attribution_touches",
            "marketing_attribution_monthly",
            "assert_attributed_revenue_matches_revenue",
        ),
    ),
    (
        Mutation(
            "touches on the day after the order",
            "int_orders__journeys",
            "orders.ordered_at >= touchpoints.touched_at",
            "{{ dbt.dateadd('day', 1, 'orders.ordered_at') }} >= touchpoints.touched_at",
            "assert_credited_touches_lie_in_the_window",
        ),
        (
            "int_orders__journeys",
            "attribution_touches",
            "assert_credited_touches_lie_in_the_window",
        ),
    ),
    (
        Mutation(
            "a credit of more than the journey's weights",
            "attribution_touches",
            "model ~ '_total_weight') }}",
            "model ~ '_total_weight + 1') }}",
            "assert_one_touch_journeys_agree",
        ),
        ("attribution_touches", "assert_one_touch_journeys_agree"),
    ),
    (
        Mutation(
            "a campaign credited for each of its touches",
            "attribution_weights",
            "'shapley': 'case when touch_position = first_campaign_position then 1 else 0 end'",
            "'shapley': '1'",
            "assert_shapley_credits_are_symmetric",
        ),
        ("attribution_touches", "assert_shapley_credits_are_symmetric"),
    ),
    (
        Mutation(
            "each pair of products one way only",
            "product_affinity",
            "mine.product_id <> theirs.product_id",
            "mine.product_id < theirs.product_id",
            "assert_affinity_is_symmetric",
        ),
        ("product_affinity", "assert_affinity_is_symmetric"),
    ),
    (
        Mutation(
            "a month's customers summed over its orders",
            "int_orders__period_customers_agg",
            "count(distinct person_id)",
            "count(person_id)",
            "assert_customers_are_counted_anew",
        ),
        (
            "int_orders__period_customers_agg",
            "orders_monthly",
            "assert_customers_are_counted_anew",
        ),
    ),
)

# Marts whose tests are independent of each other's mutations: all in one project and one build.
MART_MUTATIONS: Final = (
    Mutation(
        "orders counted as customers of a cohort",
        "customer_cohorts",
        "count(distinct orders.person_id)",
        "count(orders.person_id)",
        "customer_cohorts__months_hold_together",
    ),
    Mutation(
        "four orders in ten taken for nine",
        "fulfillment_performance",
        "percentile('hours_to_ship', 0.9)",
        "percentile('hours_to_ship', 0.4)",
        "fulfillment_performance__steps_follow_each_other",
    ),
    Mutation(
        "a product bought together with itself",
        "product_affinity",
        "mine.product_id <> theirs.product_id",
        "mine.product_id >= theirs.product_id",
        "product_affinity__counts_hold_together",
    ),
    Mutation(
        "orders that do not count taken for sales of a product",
        "product_sales_monthly",
        "where is_valid",
        "where is_valid or true",
        "product_sales_monthly__adds_up_to_the_products",
    ),
    Mutation(
        "small refunds forgotten",
        "category_sales_monthly",
        "returns_amount <> 0",
        "returns_amount > 20",
        "category_sales_monthly__adds_up_to_the_months",
    ),
    Mutation(
        "the month before taken from anybody",
        "category_customers_monthly",
        "partition by category_group, person_id",
        "partition by category_group",
        "category_customers_monthly__counts_every_person_once",
    ),
    Mutation(
        "every touch taken for the last",
        "attribution_paths_monthly",
        "last_touch_credit > 0",
        "last_touch_credit >= 0",
        "attribution_paths_monthly__every_order_has_one_path",
    ),
    Mutation(
        "shares summed by product number",
        "product_performance",
        "order by net_amount desc nulls last, {{ key_order('product_id') }} asc",
        "order by {{ key_order('product_id') }} asc",
        "assert_abc_shares_are_monotone",
    ),
    Mutation(
        "elasticity with its sign turned",
        "price_changes",
        "'old_unit_price + new_unit_price', 'new_unit_price - old_unit_price'",
        "'old_unit_price + new_unit_price', 'old_unit_price - new_unit_price'",
        "price_changes__elasticity_has_its_sign",
    ),
    Mutation(
        "a level of the hierarchy that sells less",
        "category_performance",
        "on nodes.product_key = sales.product_key",
        "on nodes.product_key = sales.product_key and nodes.category <> 'Kitchen'",
        "category_performance__levels_add_up",
    ),
    Mutation(
        "a forecast error with its sign turned",
        "sales_forecast",
        "base.net_amount - actual.net_amount",
        "actual.net_amount - base.net_amount",
        "sales_forecast__error_is_the_difference",
    ),
    Mutation(
        "later orders of a customer taken for nobody's",
        "campaign_acquisition",
        "sum(orders.net_amount) as net_amount",
        "sum(case when orders.is_first_order then orders.net_amount end) as net_amount",
        "campaign_acquisition__customers_bring_all_net_sales",
    ),
    Mutation(
        "margin of one category of a person only",
        "int_customers__items_agg",
        "cast(sum(margin_amount)",
        "cast(max(margin_amount)",
        "customer_analytics__margin_is_the_products",
    ),
)


@pytest.fixture(scope="module")
def sound(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """A small built shop, with a copy of the current project. Read only."""
    directory = tmp_path_factory.mktemp("sound")
    project = directory / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=_NOT_COPIED)
    dbt = Dbt(directory, project)
    dbt.load(small_shop_dir)
    dbt.succeed("build", "--full-refresh", *NO_TESTS)
    return dbt


def _copy(sound: Dbt, directory: Path, mutations: Sequence[Mutation] = ()) -> Dbt:
    """The sound shop in its own directory, with mutations of the project if there are any."""
    directory.mkdir()
    project = sound.project
    if mutations:
        project = directory / "dbt_project"
        shutil.copytree(sound.project, project, ignore=_NOT_COPIED)
        for mutation in mutations:
            mutation.apply(project)
    shutil.copy(sound.warehouse, directory / "warehouse.duckdb")
    return Dbt(directory, project)


def _unhappy(result: DbtResult) -> list[str]:
    """The nodes that failed or warned: in the suite a warning is a failure."""
    assert "run_results" in result.artifacts, (result.errors, result.output)
    return [
        node["unique_id"]
        for node in result.artifacts["run_results"]["results"]
        if node["status"] in ("fail", "error", "warn")
    ]


def _is_named(test: str, unhappy: Sequence[str]) -> bool:
    return any(test in unique_id for unique_id in unhappy)


def _assert_noticed(mutation: Mutation, verdicts: Mapping[str, Sequence[str]]) -> None:
    assert mutation.name in verdicts, f"{mutation.file} no longer says {mutation.old!r}: renew it"
    assert _is_named(mutation.test, verdicts[mutation.name]), verdicts[mutation.name]


def _batches(mutations: Sequence[Mutation]) -> list[list[Mutation]]:
    """Mutations that can share a project: each file is changed once."""
    batches: list[list[Mutation]] = []
    for mutation in mutations:
        free = (b for b in batches if mutation.file not in {other.file for other in b})
        batch = next(free, None)
        if batch is None:
            batches.append([mutation])
        else:
            batch.append(mutation)
    return batches


def _test_batches(
    sound: Dbt, directory: Path, mutations: Sequence[Mutation], selection: str
) -> Mapping[str, Sequence[str]]:
    """Which of their tests fail, for mutations that still apply, two batches at a time."""

    def test(numbered: tuple[int, Sequence[Mutation]]) -> list[str]:
        number, batch = numbered
        mutant = _copy(sound, directory / str(number), batch)
        # A model's version is not part of its test's selectable name.
        tests = {re.sub(r"_v\d+$", "", mutation.test) for mutation in batch}
        named = [f"{selection},*{test}*" for test in sorted(tests)]
        return _unhappy(mutant.run("test", "--select", *named))

    batches = _batches([m for m in mutations if m.path(sound.project)])
    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(test, enumerate(batches)))
    return {
        mutation.name: unhappy
        for batch, unhappy in zip(batches, verdicts, strict=True)
        for mutation in batch
    }


@pytest.fixture(scope="module")
def failed_in_staging(sound: Dbt, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The failures with all defects of the staging views at once."""
    dbt = _copy(sound, tmp_path_factory.mktemp("staging") / "shop")
    dbt.execute(*(defect.sql for defect in STAGING_DEFECTS))
    singular = ("assert_no_future_order_dates", "assert_order_timeline_in_order")
    return _unhappy(dbt.run("test", "--select", "staging", *singular))


@pytest.fixture(scope="module")
def failed_in_marts(sound: Dbt, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The failures with all defects of the marts at once."""
    dbt = _copy(sound, tmp_path_factory.mktemp("marts") / "shop")
    dbt.execute(*(defect.sql for defect in MART_DEFECTS))
    dbt.succeed("run", "--full-refresh")
    return _unhappy(dbt.run("test", "--select", "marts", "test_type:singular"))


@pytest.fixture(scope="module")
def failed_unit_tests(
    sound: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Sequence[str]]:
    """The unit tests that fail for each mutation of a model."""
    directory = tmp_path_factory.mktemp("unit")
    return _test_batches(sound, directory, UNIT_MUTATIONS, "test_type:unit")


@pytest.fixture(scope="module")
def failed_macro_tests(
    sound: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Sequence[str]]:
    """The tests that fail for each mutation of a macro."""
    directory = tmp_path_factory.mktemp("macros")
    return _test_batches(sound, directory, MACRO_MUTATIONS, "path:tests/macros")


@pytest.fixture(scope="module")
def failed_mart_tests(sound: Dbt, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The failures with all mutations of the analytics marts at once."""
    mutant = _copy(sound, tmp_path_factory.mktemp("mutants") / "shop", MART_MUTATIONS)
    models = (*(mutation.file for mutation in MART_MUTATIONS), "customer_analytics")
    # All models before all tests, because other models depend on a mart whose test fails.
    mutant.succeed("run", "--select", *models)
    return _unhappy(mutant.run("test", "--exclude-resource-type", "unit_test", "--select", *models))


def test_sound_shop_passes(sound: Dbt) -> None:
    """Without a defect every test passes, so the failures below are caused by the defects."""
    assert not _unhappy(sound.run("test"))


@pytest.mark.parametrize("defect", STAGING_DEFECTS, ids=lambda defect: defect.name)
def test_row_that_should_not_be(defect: DataDefect, failed_in_staging: list[str]) -> None:
    """A broken source row fails the staging view's test."""
    assert _is_named(defect.test, failed_in_staging), failed_in_staging


@pytest.mark.parametrize("defect", MART_DEFECTS, ids=lambda defect: defect.name)
def test_rows_that_disagree(defect: DataDefect, failed_in_marts: list[str]) -> None:
    """Rows that are valid alone but contradict each other fail a test of the marts."""
    assert _is_named(defect.test, failed_in_marts), failed_in_marts


@pytest.mark.parametrize("mutation", UNIT_MUTATIONS, ids=lambda mutation: mutation.name)
def test_model_with_a_wrong_thought(
    mutation: Mutation, failed_unit_tests: Mapping[str, Sequence[str]]
) -> None:
    """A logic error in the model fails its unit test."""
    _assert_noticed(mutation, failed_unit_tests)


@pytest.mark.parametrize("mutation", MACRO_MUTATIONS, ids=lambda mutation: mutation.name)
def test_macro_with_a_wrong_thought(
    mutation: Mutation, failed_macro_tests: Mapping[str, Sequence[str]]
) -> None:
    """A logic error in the macro fails its test."""
    _assert_noticed(mutation, failed_macro_tests)


@pytest.mark.parametrize("mutation", MART_MUTATIONS, ids=lambda mutation: mutation.name)
def test_mart_with_a_wrong_thought(mutation: Mutation, failed_mart_tests: list[str]) -> None:
    """A logic error in the mart fails its own tests on the data."""
    assert _is_named(mutation.test, failed_mart_tests), failed_mart_tests


@pytest.mark.parametrize(
    ("mutation", "selection"), DATA_MUTATIONS, ids=lambda value: getattr(value, "name", "")
)
def test_model_that_only_the_data_refutes(
    sound: Dbt, tmp_path: Path, mutation: Mutation, selection: tuple[str, ...]
) -> None:
    """Building the models downstream of the logic error fails."""
    mutant = _copy(sound, tmp_path / "mutant", [mutation])
    # A full refresh, because an incremental run would keep the sound model's rows.
    options = ("--full-refresh", "--exclude-resource-type", "unit_test")
    cautious = ("--indirect-selection", "cautious")
    result = mutant.run("build", *options, *cautious, "--select", *selection)
    assert _is_named(mutation.test, _unhappy(result))
