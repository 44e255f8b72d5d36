-- One row per order. Drafts of a checkout and orders in the trash are none.
select
    key(body ->> '$.id') as order_id,
    key(nullif(body ->> '$.customer_id', '0')) as customer_id,
    clean(body ->> '$.billing.email') as email,
    lower(body ->> '$.status') as status,
    moment(body ->> '$.date_created_gmt') as ordered_at,
    moment(body ->> '$.date_completed_gmt') as completed_at,
    moment(body ->> '$.date_modified_gmt') as modified_at,
    coalesce(number(body ->> '$.discount_total'), 0) as discount_total,
    coalesce(number(body ->> '$.shipping_total'), 0) as shipping_total,
    coalesce(number(body ->> '$.total_tax'), 0) as tax_total,
    coalesce(number(body ->> '$.total'), 0) as order_total,
    upper(body ->> '$.currency') as currency,
    clean(body ->> '$.payment_method') as payment_method,
    nullif(
        concat_ws(
            ' ', clean(body ->> '$.billing.first_name'), clean(body ->> '$.billing.last_name')
        ),
        ''
    ) as billing_name,
    clean(body ->> '$.billing.country') as billing_country,
    clean(body ->> '$.billing.state') as billing_state,
    clean(body ->> '$.billing.city') as billing_city,
    coalesce(clean(body ->> '$.shipping.country'), clean(body ->> '$.billing.country'))
        as delivery_country,
    coalesce(clean(body ->> '$.shipping.state'), clean(body ->> '$.billing.state'))
        as delivery_region
from orders_export
where lower(body ->> '$.status') not in ('checkout-draft', 'auto-draft', 'trash')
