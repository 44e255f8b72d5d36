-- What a user should know about these files: sentences, in this order.
select sentence
from (
    select
        1 as place,
        format(
            'Refunds without a date and lines of their own: {} of {:.2f}; they are dated at the '
            'order''s date_modified_gmt, and refunds.json would have both',
            count(*), sum(goods_amount + tax_amount + shipping_amount)
        ) as sentence,
        count(*) > 0 as is_said
    from refunded
    where not is_dated
    union all
    select
        2,
        format(
            'The orders have {} currencies ({}) and a shop has one: convert them before the load',
            count(distinct currency), string_agg(distinct currency, ', ' order by currency)
        ),
        count(distinct currency) > 1
    from headers
    union all
    select
        3,
        format('Orders of guests, whose e-mail address decides who they are: {}', count(*)),
        count(*) > 0
    from headers
    where customer_id is null
    union all
    select
        4,
        format('Drafts and orders in the trash that were left out: {}', count(*)),
        count(*) > 0
    from orders_export
    where lower(body ->> '$.status') in ('checkout-draft', 'auto-draft', 'trash')
)
where is_said
order by place
