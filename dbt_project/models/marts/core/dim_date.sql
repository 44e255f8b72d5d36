with

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

calendar_days as (
    {{ generate_date_spine('first_date', 'last_date', 'bounds') }}
),

parts as (
    select
        calendar_days.date_day,
        cast(extract(year from calendar_days.date_day) as integer) as year_number,
        cast(extract(quarter from calendar_days.date_day) as integer) as quarter_number,
        cast(extract(month from calendar_days.date_day) as integer) as month_number,
        cast(extract(day from calendar_days.date_day) as integer) as day_of_month,
        {{ iso_day_of_week('calendar_days.date_day') }} as iso_day_of_week,
        cast({{ dbt.date_trunc('week', 'calendar_days.date_day') }} as date) as week_start_date,
        cast({{ dbt.date_trunc('month', 'calendar_days.date_day') }} as date) as month_start_date,
        cast({{ dbt.date_trunc('quarter', 'calendar_days.date_day') }} as date)
            as quarter_start_date,
        cast({{ dbt.date_trunc('year', 'calendar_days.date_day') }} as date) as year_start_date,
        coalesce(
            calendar_days.date_day between bounds.first_sales_date and bounds.last_sales_date,
            false
        ) as is_in_sales_calendar
    from calendar_days
    cross join bounds
),

final as (
    select
        date_day,
        year_number,
        quarter_number,
        month_number,
        day_of_month,
        {{ calculate_days_between('year_start_date', 'date_day') }} + 1 as day_of_year,
        {{ iso_year('date_day') }} as iso_year,
        {{ iso_week('date_day') }} as iso_week,
        iso_day_of_week,
        case iso_day_of_week
            when 1 then 'Monday'
            when 2 then 'Tuesday'
            when 3 then 'Wednesday'
            when 4 then 'Thursday'
            when 5 then 'Friday'
            when 6 then 'Saturday'
            when 7 then 'Sunday'
        end as day_name,
        case month_number
            when 1 then 'January'
            when 2 then 'February'
            when 3 then 'March'
            when 4 then 'April'
            when 5 then 'May'
            when 6 then 'June'
            when 7 then 'July'
            when 8 then 'August'
            when 9 then 'September'
            when 10 then 'October'
            when 11 then 'November'
            when 12 then 'December'
        end as month_name,
        concat(
            cast(year_number as {{ dbt.type_string() }}),
            case when month_number < 10 then '-0' else '-' end,
            cast(month_number as {{ dbt.type_string() }})
        ) as month_label,
        iso_day_of_week >= 6 as is_weekend,
        is_in_sales_calendar,
        {{ dbt.last_day('date_day', 'month') }} = date_day as is_month_end,
        week_start_date,
        month_start_date,
        quarter_start_date,
        year_start_date
    from parts
)

select * from final
