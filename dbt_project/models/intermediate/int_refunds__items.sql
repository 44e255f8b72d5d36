{#- Grain: refund x order line. In order of time, a refund uses up its named line first, then
    the order's lines in proportion; anything above the order's value goes to its line without a
    product. A line below 0 is itself a return. -#}
{%- set measures = {'goods': 1, 'units': 1000} -%}
{%- set in_time = 'order by refunded_at asc nulls last, ' ~ key_order('refund_id') ~ ' asc' -%}
{{ config(
    post_hook="{{ delete_superseded('refund_line_key', ref('int_orders__changes')) }}"
) }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

refunds as (
    select * from {{ ref('int_refunds__accepted') }}
    {{ changed_rows('order_id') }}
),

order_items as (
    select * from {{ ref('int_order_items__amounts') }}
    {{ changed_rows('order_id') }}
),

lines as (
    select
        order_item_id,
        order_id,
        order_item_id = {{ made_key('order', 'order_id') }} as is_made,
        is_gift_card or line_type = 'tip' as is_outside_sales,
        greatest({{ to_cents('sales_amount + gift_card_amount + tip_amount') }}, 0) as goods_sold,
        {{ to_thousandths('quantity') }} as units_sold
    from order_items
),

ranked as (
    select
        *,
        row_number() over (
            partition by order_id
            order by
                goods_sold desc nulls last,
                case when is_made then 1 else 0 end asc nulls last,
                {{ key_order('order_item_id') }} asc
        ) as line_rank
    from lines
),

-- A line that belongs to another order, or does not exist, is treated as not given.
requested as (
    select
        refunds.refund_id,
        refunds.order_id,
        lines.order_item_id as named_item_id,
        {{ to_cents('refunds.goods_amount') }} as goods_cents,
        greatest({{ to_cents('refunds.goods_amount') }}, 0) as goods_asked,
        greatest({{ to_thousandths('refunds.quantity') }}, 0) as units_asked,
        {{ to_cents('refunds.tax_amount') }} as tax_cents,
        {{ to_cents('refunds.shipping_amount') }} as shipping_cents,
        coalesce(lines.goods_sold, 0) as goods_sold,
        coalesce(lines.units_sold, 0) as units_sold,
        refunds.refunded_at,
        refunds.loaded_at
    from refunds
    left join lines
        on
            refunds.order_id = lines.order_id
            and refunds.order_item_id = lines.order_item_id
),

summed as (
    select
        {% for measure in measures %}
            cast(
                sum({{ measure }}_asked) over (
                    partition by order_id, named_item_id {{ in_time }}
                    rows between unbounded preceding and current row
                ) as bigint
            ) as {{ measure }}_through,
        {% endfor %}
        *
    from requested
),

-- First each line's own refunds, one after the other, until nothing is left of the line.
of_named_line as (
    select
        {% for measure in measures %}
            least({{ measure }}_through, {{ measure }}_sold)
            - least({{ measure }}_through - {{ measure }}_asked, {{ measure }}_sold)
                as {{ measure }}_named,
        {% endfor %}
        *
    from summed
),

taken as (
    select
        {% for measure in measures %}
            cast(sum({{ measure }}_named) as bigint) as {{ measure }}_taken,
        {% endfor %}
        named_item_id
    from of_named_line
    where named_item_id is not null
    group by named_item_id
),

lines_left as (
    select
        {% for measure in measures %}
            ranked.{{ measure }}_sold - coalesce(taken.{{ measure }}_taken, 0)
                as {{ measure }}_left,
            cast(
                sum(ranked.{{ measure }}_sold - coalesce(taken.{{ measure }}_taken, 0)) over (
                    partition by ranked.order_id
                ) as bigint
            ) as {{ measure }}_order_left,
        {% endfor %}
        ranked.*
    from ranked
    left join taken on ranked.order_item_id = taken.named_item_id
),

rested as (
    select
        {% for measure in measures %}
            {{ measure }}_asked - {{ measure }}_named as {{ measure }}_rest,
            cast(
                sum({{ measure }}_asked - {{ measure }}_named) over (
                    partition by order_id {{ in_time }}
                    rows between unbounded preceding and current row
                ) as bigint
            ) as {{ measure }}_rest_through,
        {% endfor %}
        *
    from of_named_line
),

paired as (
    select
        {% for measure in measures %}
            least(
                rested.{{ measure }}_rest_through, coalesce(lines_left.{{ measure }}_order_left, 0)
            )
            - least(
                rested.{{ measure }}_rest_through - rested.{{ measure }}_rest,
                coalesce(lines_left.{{ measure }}_order_left, 0)
            ) as {{ measure }}_spread,
            coalesce(lines_left.{{ measure }}_left, 0) as {{ measure }}_left,
            coalesce(lines_left.{{ measure }}_order_left, 0) as {{ measure }}_order_left,
        {% endfor %}
        rested.*,
        lines_left.order_item_id,
        coalesce(lines_left.is_made, false) as is_made,
        coalesce(lines_left.is_outside_sales, false) as is_outside_sales,
        lines_left.line_rank,
        coalesce(lines_left.order_item_id = rested.named_item_id, false) as is_named,
        case
            when rested.named_item_id is null then coalesce(lines_left.goods_sold, 0)
            when lines_left.order_item_id = rested.named_item_id then 1
            else 0
        end as other_weight
    from rested
    left join lines_left on rested.order_id = lines_left.order_id
),

weighted as (
    select
        *,
        sum(other_weight) over (partition by refund_id) as total_other_weight
    from paired
),

-- Then the rest, in proportion to what is left; whole units only.
cut as (
    select
        {% for measure, step in measures.items() %}
            {{ step }} * coalesce({{ multiply_then_divide(
                measure ~ '_spread',
                measure ~ '_left',
                'nullif(' ~ measure ~ '_order_left, 0) * ' ~ step
            ) }}, 0) as {{ measure }}_cut,
        {% endfor %}
        {% for amount in ['tax', 'shipping'] %}
            {{ allocate_cut(amount ~ '_cents', 'other_weight', 'total_other_weight') }}
                as {{ amount }}_cut,
        {% endfor %}
        row_number() over (
            partition by order_id, refund_id
            order by case when is_named then 0 else 1 end asc nulls last, line_rank asc nulls last
        ) = 1 as is_main_line,
        row_number() over (
            partition by order_id, refund_id
            order by case when is_made then 0 else 1 end asc nulls last, line_rank asc nulls last
        ) = 1 as is_line_of_excess,
        *
    from weighted
),

counted as (
    select
        {% for measure in measures %}
            cast(
                {{ measure }}_spread - sum({{ measure }}_cut) over (partition by refund_id)
                as bigint
            ) as {{ measure }}_odd,
            cast(
                {{ measure }}_left
                - sum({{ measure }}_cut) over (partition by order_id, order_item_id)
                as bigint
            ) as {{ measure }}_room,
        {% endfor %}
        {% for amount in ['tax', 'shipping'] %}
            sum({{ amount }}_cut) over (partition by refund_id) as {{ amount }}_total_cut,
        {% endfor %}
        *
    from cut
),

laid as (
    select
        {% for measure in measures %}
            cast(
                sum({{ measure }}_odd) over (
                    partition by order_id, order_item_id {{ in_time }}
                    rows between unbounded preceding and current row
                ) as bigint
            ) as {{ measure }}_odd_through,
            cast(
                sum({{ measure }}_room) over (
                    partition by refund_id order by line_rank asc nulls last
                    rows between unbounded preceding and current row
                ) as bigint
            ) as {{ measure }}_room_through,
        {% endfor %}
        *
    from counted
),

-- Odd cents and units fill the room that lines still have, the largest line first. With refunds and
-- lines both laid end to end, a pair gets the length of its overlap.
settled as (
    select
        {% for measure in measures %}
            {{ measure }}_cut
            + case when is_named then {{ measure }}_named else 0 end
            + greatest(
                least({{ measure }}_odd_through, {{ measure }}_room_through)
                - greatest(
                    {{ measure }}_odd_through - {{ measure }}_odd,
                    {{ measure }}_room_through - {{ measure }}_room
                ),
                0
            ) as {{ measure }}_share,
        {% endfor %}
        case when is_main_line then goods_cents - goods_asked else 0 end
        -- More was refunded than was paid, so there is nothing left to refund.
        + case when is_line_of_excess then goods_rest - goods_spread else 0 end as goods_beyond,
        {% for amount in ['tax', 'shipping'] %}
            {{ allocate_settle(
                amount ~ '_cents',
                amount ~ '_cut',
                amount ~ '_total_cut',
                'is_main_line'
            ) }} as {{ amount }}_share,
        {% endfor %}
        *
    from laid
),

returned as (
    select
        refund_id,
        order_id,
        order_item_id,
        is_outside_sales,
        false as is_exchange,
        {{ from_thousandths('units_share') }} as returned_quantity,
        {{ from_cents('goods_share + goods_beyond') }} as goods_amount,
        {{ from_cents('tax_share') }} as tax_refund_amount,
        {{ from_cents('shipping_share') }} as shipping_refund_amount,
        refunded_at,
        loaded_at
    from settled
    where
        is_main_line
        or named_item_id is null and not is_made
        or goods_share + goods_beyond <> 0
        or units_share <> 0

    union all

    select
        {{ made_key('line', 'order_item_id') }} as refund_id,
        order_id,
        order_item_id,
        is_gift_card or line_type = 'tip' as is_outside_sales,
        true as is_exchange,
        exchanged_quantity as returned_quantity,
        exchanged_amount as goods_amount,
        cast(-included_tax_amount as {{ type_money() }}) as tax_refund_amount,
        cast(0 as {{ type_money() }}) as shipping_refund_amount,
        ordered_at as refunded_at,
        loaded_at
    from order_items
    where is_return
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['refund_id', 'order_item_id']) }} as refund_line_key,
        refund_id,
        order_id,
        order_item_id,
        is_exchange,
        returned_quantity,
        cast(
            case when is_outside_sales then 0 else goods_amount end as {{ type_money() }}
        ) as returns_amount,
        cast(
            case when is_outside_sales then goods_amount else 0 end as {{ type_money() }}
        ) as gift_card_refund_amount,
        tax_refund_amount,
        shipping_refund_amount,
        refunded_at,
        loaded_at,
        (select max(changes.changed_at) from changes) as built_through
    from returned
)

select * from final
