-- What a user should know about these files: sentences, in this order.
with

latest as (
    select headers.*, money.* exclude (order_id)
    from headers
    inner join money on headers.order_id = money.order_id
    where headers.is_latest
)

select sentence
from (
    select
        1 as place,
        format(
            'Refunds without a date of their own: {} of {:.2f} {}; {} are dated at Cancelled at, '
            '{} at the latest time in their export ({} UTC)',
            count(*), sum(amount), (select max(currency) from latest),
            count_if(is_dated), count_if(not is_dated),
            strftime(max(refunded_at), '%Y-%m-%d %H:%M')
        ) as sentence,
        count(*) > 0 as is_said
    from refunded
    union all
    select
        2,
        format(
            'Orders whose prices include tax, by how their totals add up: {} of {} with tax',
            count_if(prices_include_tax), count(*)
        ),
        count(*) > 0
    from latest
    where prices_include_tax is not null
    union all
    select
        3,
        format(
            'Orders whose lines do not add up to Subtotal and discounts: {}, the first is {}; if '
            'it is the last order of its file, the file may be cut off',
            count(*), min_by(order_name, ordered_at)
        ),
        count(*) > 0
    from latest
    where is_unexplained
    union all
    select
        4,
        format(
            'Orders whose lines'' own discounts are left out, because Subtotal is not below the '
            'lines by as much: {}, the first is {}',
            count(*), min_by(order_name, ordered_at)
        ),
        count(*) > 0
    from latest
    where not has_line_discounts
    union all
    select
        5,
        format(
            'Duties are in shipping_total: {:.2f} of {} orders',
            sum(duties), count(*)
        ),
        count(*) > 0
    from latest
    where duties <> 0
    union all
    select
        6,
        format(
            'The orders have {} currencies ({}) and a shop has one: convert them before the load',
            count(distinct currency), string_agg(distinct currency, ', ' order by currency)
        ),
        count(distinct currency) > 1
    from latest
    union all
    select
        7,
        format(
            'Customers known from their orders alone: {}; their number is their first order''s, '
            'below 0',
            count(*)
        ),
        count(*) > 0
    from customers
    where not has_account
    union all
    select
        8,
        format('Orders without e-mail address, and so without customer: {}', count(*)),
        count(*) > 0
    from latest
    where address is null
    union all
    select
        9,
        format('Lines without SKU, whose product is known by its name: {}', count(*)),
        count(*) > 0
    from lines
    where sku is null and line_type not in ('tip', 'fee')
    union all
    select
        10,
        format('Orders in several exports, of which the latest counts: {}', count(*)),
        count(*) > 0
    from (select order_id from headers group by order_id having count(*) > 1)
    union all
    select
        11,
        format('Orders without Id, whose number is made of Name: {}', count(*)),
        count(*) > 0
    from latest
    where not has_id
)
where is_said
order by place
