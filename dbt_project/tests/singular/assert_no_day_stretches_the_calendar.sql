{{ config(severity='warn', tags=['observation']) }}
with

orders as (
    select * from {{ ref('fact_orders') }}
),

refunds as (
    select * from {{ ref('fact_refunds') }}
),

days as (
    select order_date as date_day from orders

    union

    select refund_date as date_day from refunds
),

steps as (
    select
        date_day,
        lag(date_day) over (order by date_day) as previous_day
    from days
)

select
    previous_day,
    date_day
from steps
where {{ calculate_days_between('previous_day', 'date_day') }} > 366
