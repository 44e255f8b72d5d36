"""Invariants of every generated shop: per rule, a query for the rows that break it."""

from ecommerce_analytics.contract import load_contract

RULES = {
    "a line is quantity times price less discount": """
        select * from order_items where line_total <> quantity * unit_price - discount""",
    "lines are positive, discounts within them": """
        select * from order_items
        where quantity < 1 or unit_price <= 0 or discount < 0 or discount >= line_total + discount
            or unit_cost <= 0""",
    "the subtotal is the lines' gross": """
        select order_id from orders left join order_items using (order_id)
        group by order_id, subtotal
        having subtotal <> coalesce(sum(quantity * unit_price), 0)""",
    "the order's own discount is not negative": """
        select order_id from orders left join order_items using (order_id)
        group by order_id, discount_total
        having discount_total < coalesce(sum(discount), 0)""",
    "the total is the sum of its parts": """
        select * from orders
        where order_total <> subtotal - discount_total + shipping_total + tax_total
            or least(subtotal, discount_total, shipping_total, tax_total, order_total) < 0""",
    "an order without lines has no money": """
        select * from orders anti join order_items using (order_id) where order_total <> 0
            or subtotal <> 0 or discount_total <> 0 or shipping_total <> 0 or tax_total <> 0""",
    "lines are numbered from 1 and a product stands once": """
        select order_id from order_items group by order_id
        having min(line_number) <> 1 or max(line_number) <> count(*)
            or count(distinct line_number) <> count(*)
            or count(distinct product_id) <> count(*)""",
    "gift cards carry no discount and no cost": """
        select * from order_items join products using (product_id)
        where is_gift_card <> (category = 'Gift Cards')
            or is_gift_card and (discount <> 0 or order_items.unit_cost is not null)""",
    "gift cards alone carry no tax, no shipping, no discount": """
        select order_id from orders join order_items using (order_id)
        group by all having bool_and(is_gift_card)
            and (any_value(tax_total) <> 0 or any_value(shipping_total) <> 0
                or any_value(discount_total) <> 0)""",
    "gift cards are never refunded": """
        select * from refunds join order_items using (order_item_id) where is_gift_card""",
    "a line is refunded at most for what was paid for it": """
        select r.order_item_id from refunds as r
        join paid_line as line using (order_item_id)
        group by r.order_item_id, line_total, line.quantity, coupon, goods
        having sum(r.quantity) > line.quantity
            or sum(goods_amount) > line_total
            or cents(sum(goods_amount))
                > cents(line_total) - cents(coupon) * cents(line_total) // cents(goods)""",
    "an order is refunded at most for what was paid for its goods": """
        select order_id from refunds join orders using (order_id)
        join (
            select order_id, sum(line_total) filter (is_gift_card) as cards
            from order_items group by order_id
        ) using (order_id)
        group by all
        having sum(goods_amount) > subtotal - discount_total - coalesce(cards, 0)
            or sum(tax_amount) > tax_total or sum(shipping_amount) > shipping_total""",
    "a refund gives money and belongs to the line's order": """
        select * from refunds left join order_items as item using (order_item_id)
        where goods_amount + refunds.tax_amount + shipping_amount <= 0
            or least(goods_amount, refunds.tax_amount, shipping_amount, refunds.quantity) < 0
            or (order_item_id is null) <> (refunds.quantity = 0)
            or item.order_id <> refunds.order_id""",
    "a refund follows the delivery or the cancellation": """
        select * from refunds join orders using (order_id)
        where delivered_at is null and cancelled_at is null
            or refunded_at <= coalesce(delivered_at, cancelled_at)""",
    "a fully returned order is refunded in full": """
        select order_id from refunds join orders using (order_id)
        join (
            select order_id, sum(line_total) filter (is_gift_card) as cards, count(*) as lines
            from order_items group by order_id
        ) using (order_id)
        where order_status = 'returned'
        group by all having count(*) = lines and cards is null
            and sum(goods_amount) <> subtotal - discount_total""",
    "steps follow each other": """
        select * from orders
        where shipped_at <= ordered_at or delivered_at <= shipped_at or cancelled_at < ordered_at
            or updated_at < greatest(ordered_at, shipped_at, delivered_at, cancelled_at)""",
    "the status tells which steps were taken": """
        select * from orders
        where (shipped_at is not null) <> (order_status in ('shipped', 'delivered', 'returned'))
            or (delivered_at is not null) <> (order_status in ('delivered', 'returned'))
            or (cancelled_at is not null) <> (order_status = 'cancelled')""",
    "accounts order after they signed up": """
        select * from orders join customers using (customer_id) where ordered_at <= signed_up_at""",
    "accounts are known only after they signed up": """
        select * from marketing_touchpoints join customers using (customer_id)
        where touched_at < signed_up_at""",
    "test accounts place test orders": """
        select * from orders join customers using (customer_id)
        where customers.is_test and not orders.is_test""",
    "order ids rise from day to day without a gap": """
        select * from (
            select order_id, lag(cast(local_time(ordered_at) as date)) over (order by order_id)
                > cast(local_time(ordered_at) as date) as falls,
                row_number() over (order by order_id) <> order_id as leaps
            from orders
        ) where falls or leaps""",
    "products are sold between launch and retirement": """
        select * from order_items join orders using (order_id) join products using (product_id)
        where ordered_at < created_at or (not is_active and ordered_at >= products.updated_at)""",
    "records change after they are made": """
        select updated_at from customers where updated_at < signed_up_at
        union all select updated_at from products where updated_at < created_at""",
    "touches match their channel": """
        select * from marketing_touchpoints
        where (channel = 'direct') <> (touch_type = 'direct')
            or (touch_type = 'email' and channel <> 'email')
            or (touch_type = 'view' and channel <> 'display')
            or (anonymous_id is null and customer_id is null)""",
    "touches fall on the campaign's days and channel": """
        select * from marketing_touchpoints as touch join campaigns using (campaign_id)
        where touch.channel <> campaigns.channel
            or cast(local_time(touched_at) as date) < start_date
            or cast(local_time(touched_at) as date) > end_date""",
    "money is spent on the campaign's days": """
        select * from campaign_spend_daily join campaigns using (campaign_id)
        where spend_date < start_date or spend_date > end_date or spend <= 0
            or clicks > impressions or clicks < 0""",
    "stock is counted on Mondays and never negative": """
        select * from inventory_levels where on_hand < 0 or isodow(level_date) <> 1""",
    "states stand only where the shop needs them": """
        select * from customers where (state is not null) <> (coalesce(country, '') in ('US', 'CA'))
            or (city is null) <> (country is null)""",
    "addresses are nobody's": """
        select email from customers
        where not regexp_matches(email, '(?i)^ *[a-z.]+[0-9]+@example\\.(com|org|net) *$')
        union all select email from orders
        where not regexp_matches(email, '(?i)^ *[a-z.]+-?[0-9]+@example\\.(com|org|net) *$')""",
    "stock keeping units are unique": """
        select sku from products group by sku having count(*) > 1""",
}

INSTANTS = {
    "customers": ("signed_up_at", "updated_at"),
    "orders": ("ordered_at", "shipped_at", "delivered_at", "cancelled_at", "updated_at"),
    "order_items": ("updated_at",),
    "products": ("updated_at",),
    "campaigns": ("updated_at",),
    "marketing_touchpoints": ("touched_at",),
    "refunds": ("refunded_at",),
}
"""The instants that lie within the shop's local days."""


def contract_rules() -> dict[str, str]:
    """The rules of the source contract: keys, nulls, allowed values, references."""
    rules = {}
    for table in load_contract().tables:
        key = ", ".join(table.key)
        rules[f"{table.name}: key"] = (
            f"select {key} from {table.name} group by {key} having count(*) > 1"  # noqa: S608
        )
        for column in table.file_columns:
            where = f"{table.name}.{column.name}"
            select = f"select {column.name} from {table.name}"  # noqa: S608
            if not column.nullable:
                rules[f"{where}: not null"] = f"{select} where {column.name} is null"
            if column.check:
                rules[f"{where}: check"] = f"{select} where not ({column.check})"
            if column.references:
                parent, key = column.references.rstrip(")").split(" (")
                rules[f"{where}: reference"] = (
                    f"{select} where {column.name} not in (select {key} from {parent})"  # noqa: S608
                )
    return rules
