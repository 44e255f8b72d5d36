-- One row per order: what its totals mean. Subtotal is after discounts, so that the discount is
-- what it is below the lines; whether tax is in the prices is seen from what Total adds to
-- Subtotal.
with

sums as (
    select
        order_id,
        count(*) as line_count,
        sum(gross) as gross,
        sum(discount) as line_discounts,
        sum(case when line_type = 'tip' then gross else 0 end) as tips
    from lines
    group by order_id
),

gaps as (
    select
        headers.order_id,
        coalesce(sums.line_count, 0) as line_count,
        coalesce(sums.gross, 0) as gross,
        coalesce(sums.line_discounts, 0) as line_discounts,
        coalesce(sums.tips, 0) as tips,
        coalesce(headers.discount_amount, 0) as discount_amount,
        coalesce(headers.subtotal, 0) as subtotal,
        coalesce(headers.shipping, 0) + coalesce(headers.duties, 0) as shipping_total,
        coalesce(headers.taxes, 0) as tax_total,
        coalesce(headers.total, 0) as order_total,
        coalesce(headers.total, 0) - coalesce(headers.subtotal, 0)
        - coalesce(headers.shipping, 0) - coalesce(headers.duties, 0) as gap
    from headers
    left join sums on headers.order_id = sums.order_id
    where headers.is_latest
),

-- A tip is in Subtotal in some exports, beside it in others.
decided as (
    select
        *,
        case
            when
                tax_total = 0
                or least(abs(gap), abs(gap - tips))
                = least(abs(gap - tax_total), abs(gap - tax_total - tips))
                then null
            else
                least(abs(gap), abs(gap - tips))
                < least(abs(gap - tax_total), abs(gap - tax_total - tips))
        end as includes_tax
    from gaps
),

usual as (
    select
        *,
        case
            when tax_total <> 0
                then coalesce(includes_tax, mode(includes_tax) over (), false)
        end as prices_include_tax
    from decided
),

goods as (
    select
        *,
        case when prices_include_tax then 0 else tax_total end as added_tax,
        subtotal + case
            when
                abs(gap - case when prices_include_tax then 0 else tax_total end - tips)
                < abs(gap - case when prices_include_tax then 0 else tax_total end)
                then tips
            else 0
        end as goods_amount
    from usual
)

select
    *,
    greatest(gross - goods_amount, 0) as discount_total,
    -- Where the lines' own discounts are more than there is, the lines are after them already.
    line_discounts <= greatest(gross - goods_amount, 0) as has_line_discounts,
    -- Discount Amount counts lines' own discounts in some exports, and those of shipping.
    gross - goods_amount < -0.01
    or (
        gross - goods_amount > discount_amount + 0.01
        and abs(gross - goods_amount - discount_amount - line_discounts) > 0.01
    ) as is_unexplained
from goods
