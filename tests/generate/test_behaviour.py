"""The default shop is realistic: shares, seasons, paths, causes and credit."""

import json

import pytest

from .shops import Shop

# table, condition, lowest and highest share of its rows.
SHARES = [
    ("orders", "customer_id is null", 0.07, 0.09),
    ("orders", "customer_id is null and email is null", 0.001, 0.006),
    ("orders", "order_status = 'cancelled'", 0.035, 0.047),
    ("orders", "order_status = 'returned'", 0.025, 0.037),
    ("orders", "order_status in ('pending', 'processing', 'shipped')", 0.005, 0.02),
    ("orders", "is_test", 0.001, 0.008),
    ("orders", "order_id not in (select order_id from order_items)", 0.0001, 0.001),
    ("orders", "order_id in (select order_id from refunds where order_item_id is not null)",
     0.06, 0.12),
    ("orders", "campaign_id is null", 0.15, 0.35),
    ("orders", "discount_total > 0", 0.2, 0.45),
    ("orders", "updated_at > greatest(ordered_at, shipped_at, delivered_at, cancelled_at) "
     "+ interval 40 day and order_status = 'delivered'", 0.0005, 0.01),
    ("order_items", "unit_cost is null", 0.01, 0.06),
    ("order_items", "is_gift_card", 0.002, 0.02),
    ("order_items", "quantity > 1", 0.08, 0.2),
    ("customers", "email is null", 0.015, 0.025),
    ("customers", "is_test", 0.001, 0.006),
    ("customers", "segment is null", 0.05, 0.2),
    ("customers", "acquisition_channel is null", 0.2, 0.32),
    ("customers", "country = 'US'", 0.75, 0.9),
    ("customers", "customer_id not in (select customer_id from orders where customer_id is not "
     "null)", 0.14, 0.21),
    ("customers", "email <> lower(trim(email))", 0.008, 0.03),
    ("refunds", "order_item_id is null", 0.1, 0.3),
    ("refunds", "goods_amount > 0 and order_item_id is null", 0.1, 0.3),
    ("inventory_levels", "on_hand = 0", 0.005, 0.08),
    ("marketing_touchpoints", "campaign_id is null", 0.15, 0.35),
    ("marketing_touchpoints", "customer_id is null", 0.3, 0.5),
    ("products", "is_active", 0.8, 0.98),
    ("products", "product_id not in (select product_id from order_items)", 0.003, 0.06),
]  # fmt: skip

COUNTS = {
    "customers": (10_000, 10_000),
    "orders": (50_000, 50_000),
    "order_items": (115_000, 125_000),
    "products": (300, 500),
    "campaigns": (40, 80),
    "marketing_touchpoints": (130_000, 170_000),
    "refunds": (6_000, 11_000),
    "campaign_spend_daily": (5_000, 20_000),
    "inventory_levels": (30_000, 60_000),
}


@pytest.mark.parametrize("table", COUNTS)
def test_rows(shop: Shop, table: str) -> None:
    """Each table has about the requested number of rows."""
    least, most = COUNTS[table]
    assert least <= shop.value(f"select count(*) from {table}") <= most  # noqa: S608


@pytest.mark.parametrize(("table", "condition", "least", "most"), SHARES)
def test_share(shop: Shop, table: str, condition: str, least: float, most: float) -> None:
    """The share of rows that meet a condition is realistic."""
    assert least <= shop.share(condition, table) <= most


def test_every_status_channel_and_segment_occurs(shop: Shop) -> None:
    """Every status, channel and segment occurs."""
    assert shop.value("select count(distinct order_status) from orders") == 6
    assert shop.value("select count(distinct channel) from campaigns") == 6
    assert shop.value("select count(distinct channel) from marketing_touchpoints") == 6
    assert shop.value("select count(distinct segment) from customers") == 5
    assert shop.value("select count(distinct acquisition_channel) from customers") == 6


def test_the_shop_grows_from_year_to_year(shop: Shop) -> None:
    """The shop grows from year to year."""
    rows = shop.connection.execute(
        "select count(*) from orders group by year(local_time(ordered_at)) "
        "order by year(local_time(ordered_at))"
    ).fetchall()
    years = [count for (count,) in rows]
    assert len(years) == 3
    assert years[0] * 1.2 < years[1] < years[2] / 1.2


def test_black_friday_is_every_years_best_day(shop: Shop) -> None:
    """Black Friday is the best day of every year."""
    best = shop.value(
        "select list(day) from (select day from ("
        "select cast(local_time(ordered_at) as date) as day, count(*) as orders "
        "from orders group by 1) "
        "qualify row_number() over (partition by year(day) order by orders desc, day) = 1)"
    )
    assert {"2023-11-24", "2024-11-29", "2025-11-28"} == {str(day) for day in best}


def test_evenings_are_busier_than_nights(shop: Shop) -> None:
    """Evenings are busier than nights."""
    evening = shop.share("hour(local_time(ordered_at)) between 19 and 21", "orders")
    night = shop.share("hour(local_time(ordered_at)) between 2 and 4", "orders")
    assert evening > 15 * night


@pytest.mark.parametrize(
    ("subcategory", "high", "low"),
    [("Knitwear", "12, 1", "6, 7"), ("Garden Tools", "4, 5", "11, 12"), ("Toys", "12", "7")],
)
def test_subcategories_have_their_season(shop: Shop, subcategory: str, high: str, low: str) -> None:
    """Winter products sell less in summer, and summer products less in winter."""

    def share(months: str) -> float:
        return shop.share(
            f"subcategory = '{subcategory}'",
            "order_items join products using (product_id) join orders using (order_id) "
            f"where month(ordered_at) in ({months})",
        )

    assert share(high) > 1.5 * share(low)


def test_few_products_sell_most(shop: Shop) -> None:
    """A few products make most of the sales."""
    share = shop.value(
        "select sum(units) filter (place <= total / 5) / sum(units) from (select sum(quantity) as "
        "units, row_number() over (order by sum(quantity) desc) as place, count(*) over () as "
        "total from order_items group by product_id)"
    )
    assert 0.45 < share < 0.85


def test_complements_are_bought_together(shop: Shop) -> None:
    """Complementary subcategories are bought together far more often than by chance."""
    lift = shop.value("""
        with basket as (
            select order_id, bool_or(subcategory = 'Yoga') as a,
                bool_or(subcategory = 'Running') as b
            from order_items join products using (product_id)
            group by order_id having count(*) > 1
        )
        select avg(cast(a and b as double)) / (avg(cast(a as double)) * avg(cast(b as double)))
        from basket
    """)
    assert lift > 2


def test_prices_and_costs_change(shop: Shop) -> None:
    """Prices and costs change."""
    changed = shop.share(
        "prices > 1 or costs > 1",
        "(select count(distinct unit_price) as prices, count(distinct unit_cost) as costs "
        "from order_items group by product_id having count(*) > 100)",
    )
    assert changed > 0.7
    assert shop.share("unit_price > unit_cost", "order_items where unit_cost is not null") > 0.97


def test_the_last_sale_of_a_product_is_at_its_current_price(shop: Shop) -> None:
    """A product's last sale is at its current price."""
    stale = shop.value("""
        select count(*) from order_items join orders using (order_id)
        join products using (product_id)
        where ordered_at >= products.updated_at and unit_price <> list_price
    """)
    assert stale == 0


def test_emails_repeat_across_accounts_and_guests(shop: Shop) -> None:
    """Emails repeat across accounts and guests."""
    repeated = shop.value(
        "select 1 - count(distinct lower(trim(email))) / count(email) from customers"
    )
    assert 0.008 < repeated < 0.025
    known = shop.share(
        "lower(trim(email)) in (select lower(trim(email)) from customers where email is not null)",
        "orders where customer_id is null and email is not null",
    )
    assert 0.1 < known < 0.35
    again = shop.value(
        "select 1 - count(distinct lower(trim(email))) / count(email) from orders "
        "where customer_id is null"
    )
    assert again > 0.1


def test_refunds_come_later_often_in_another_month(shop: Shop) -> None:
    """Refunds come later, often in another month."""
    later = shop.share(
        "date_trunc('month', refunded_at) > date_trunc('month', ordered_at)",
        "refunds join orders using (order_id)",
    )
    assert 0.3 < later < 0.8


def test_heavy_buyers_have_the_higher_rate(shop: Shop) -> None:
    """Frequent buyers have a higher true rate."""
    correlation = shop.value("""
        select corr(purchase_rate, orders) from truth_customers join (
            select customers.customer_id, count(order_id) as orders
            from customers left join orders using (customer_id) group by 1
        ) using (customer_id)
    """)
    assert correlation > 0.4


def test_repeat_orders_follow_the_true_rate_and_stop_at_the_dropout(shop: Shop) -> None:
    """Repeat orders follow the true rate and stop at the dropout."""
    after = shop.value("""
        select count(*) from orders join truth_customers using (customer_id)
        where ordered_at > dropped_out_at
    """)
    # Only an order caused by a campaign, or the first one, may come just after the dropout.
    assert after / shop.spec.orders < 0.03


def test_touch_paths(shop: Shop) -> None:
    """Most orders have earlier touches, and some browsers stay anonymous."""
    window = """
        marketing_touchpoints as touch where touch.customer_id = orders.customer_id
        and touched_at < ordered_at and touched_at >= ordered_at - interval 30 day
    """
    untouched = shop.share(f"not exists (from {window})", "orders where customer_id is not null")
    assert 0.15 < untouched < 0.27
    resolved = shop.value("""
        select count(*) from (
            select anonymous_id from marketing_touchpoints where anonymous_id is not null
            group by 1 having count(customer_id) between 1 and count(*) - 1
        )
    """)
    never = shop.value("""
        select count(*) from (
            select anonymous_id from marketing_touchpoints where anonymous_id is not null
            group by 1 having count(customer_id) = 0
        )
    """)
    assert resolved > 1_000
    assert never > 1_000
    owners = shop.value("""
        select max(owners) from (select count(distinct customer_id) as owners
        from marketing_touchpoints where anonymous_id is not null group by anonymous_id)
    """)
    assert owners == 1
    devices = shop.share(
        "devices > 1",
        "(select count(distinct anonymous_id) as devices from marketing_touchpoints "
        "where customer_id is not null group by customer_id having count(*) > 5)",
    )
    assert 0.3 < devices < 0.95


def test_last_click_misjudges_the_channels(shop: Shop) -> None:
    """Last-click attribution misjudges the channels."""
    rows = shop.connection.execute("""
        select channel, sum(incremental_orders) / sum(sum(incremental_orders)) over (),
            sum(credited) / sum(sum(credited)) over ()
        from truth_campaigns left join (
            select campaign_id, count(*) as credited from orders group by 1
        ) using (campaign_id)
        group by channel
    """).fetchall()
    ratio = {channel: float(claimed) / float(caused) for channel, caused, claimed in rows}
    assert ratio["search"] > 1.5
    assert ratio["direct"] > 1
    assert ratio["social"] < 0.7
    assert ratio["display"] < 0.8


def test_truth_is_consistent_with_the_shop(shop: Shop) -> None:
    """The truth is consistent with the shop."""
    caused = shop.value("select sum(incremental_orders) from truth_campaigns")
    assert 0.06 < caused / shop.spec.orders < 0.15
    realised = shop.value(
        "select sum(incremental_orders) / sum(lift * exposures) from truth_campaigns"
    )
    # Cancelled and test orders are caused but not counted.
    assert 0.85 < realised < 1.05
    assert shop.value("select sum(units_sold) from truth_products") == shop.value(
        "select sum(quantity) from order_items join orders using (order_id) "
        "where order_status <> 'cancelled' and not is_test"
    )
    assert shop.value("select count(*) from truth_customers") == shop.spec.customers
    assert shop.value("select max(abs(1 - total)) from (select sum(interest) as total "
                      "from truth_products)") < 1e-9  # fmt: skip


def test_spend_without_sales_and_sales_without_spend(shop: Shop) -> None:
    """Spend without sales and sales without spend."""
    assert shop.value("""
        select count(*) from (select distinct campaign_id from campaign_spend_daily)
        anti join orders using (campaign_id)
    """)
    assert shop.value("""
        select count(distinct campaign_id) from orders anti join campaign_spend_daily
        using (campaign_id) where campaign_id is not null
    """) in (1, 2)
    assert (
        shop.value("""
        select count(*) from campaigns join (
            select campaign_id, sum(spend) as spend from campaign_spend_daily group by 1
        ) using (campaign_id) where spend = budget
    """)
        == 0
    )


def test_stock_falls_with_sales_and_jumps_on_restock(shop: Shop) -> None:
    """Stock falls with sales and jumps on restock."""
    rising = shop.share(
        "step > 0",
        "(select on_hand - lag(on_hand) over (partition by product_id order by level_date) "
        "as step from inventory_levels)",
    )
    falling = shop.share(
        "step < 0",
        "(select on_hand - lag(on_hand) over (partition by product_id order by level_date) "
        "as step from inventory_levels)",
    )
    assert 0.03 < rising < 0.5
    assert falling > rising


def test_credit_is_the_last_campaign_touch(shop: Shop) -> None:
    """Credit goes to the last campaign touch."""
    # Only among accounts' known touches: an unknown touch may come later and get the credit.
    agree = shop.value("""
        select avg(cast(orders.campaign_id = touch.campaign_id as double))
        from orders asof join (
            select * from marketing_touchpoints
            where campaign_id is not null and customer_id is not null
        ) as touch
        on orders.customer_id = touch.customer_id and orders.ordered_at > touch.touched_at
        where orders.campaign_id is not null
            and touch.touched_at >= orders.ordered_at - interval 30 day
    """)
    assert agree > 0.8
    without = shop.value(
        "select count(*) from orders join campaigns using (campaign_id) "
        "where cast(local_time(ordered_at) as date) < start_date"
    )
    assert without == 0


def test_manifest_counts_the_rows(shop: Shop) -> None:
    """The manifest counts the rows of the files."""
    manifest = json.loads((shop.folder / "shop.json").read_text("utf-8"))
    for table, rows in manifest["rows"].items():
        assert shop.value(f"select count(*) from {table}") == rows  # noqa: S608
