{#- Periods whose moving averages, growths, year to date, z-score or seasonality differ from a join
    by dates. `averages` and `growths` map a column to its number of periods. With `complete_only`,
    incomplete periods have no value, and seasons come from complete years only. -#}
{% test windows_match_dates(
    model, date_column, period, averages, growths, z_score_periods, year, season, complete_only
) %}
{%- set longest = ([z_score_periods] + averages.values() | list) | max -%}
{%- set earlier -%}
    case
        when
            {{ _window_start('here', period, z_score_periods) }} <= base.this_date
            and base.this_date < here.this_date
            then base.value
    end
{%- endset %}
with

periods as (
    select
        *,
        {{ date_column }} as this_date,
        {{ year }} as this_year,
        {{ season }} as this_season,
        {% if complete_only -%}
        case when is_complete then net_amount end as value,
        {%- else -%}
        net_amount as value,
        {%- endif %}
        case when is_complete then 1 else 0 end as complete_count
    from {{ model }}
),

seasonal_years as (
    select this_year
    from periods
    group by this_year
    {%- if complete_only %}
    having
        max(this_season) >= {{ 52 if period == 'week' else 12 }}
        and sum(complete_count) = max(this_season)
    {%- endif %}
),

seasonal as (
    select
        periods.this_season,
        periods.net_amount
    from periods
    inner join seasonal_years on periods.this_year = seasonal_years.this_year
    where periods.is_complete
),

seasons as (
    select
        this_season,
        sum(net_amount) as season_amount,
        count(*) as season_count
    from seasonal
    group by this_season
),

whole as (
    select
        sum(net_amount) as whole_amount,
        count(*) as whole_count
    from seasonal
),

windows as (
    select
        here.this_date,
        {%- for column, count in averages.items() %}
        count(case when {{ _window_start('here', period, count - 1) }} <= base.this_date
            then base.value end) as {{ column }}_count,
        sum(case when {{ _window_start('here', period, count - 1) }} <= base.this_date
            then base.value end) as {{ column }}_sum,
        {%- endfor %}
        count({{ earlier }}) as z_count,
        sum({{ earlier }}) as z_sum,
        min({{ earlier }}) as z_least,
        max({{ earlier }}) as z_most,
        stddev_samp(cast({{ earlier }} as {{ type_double() }})) as z_deviation
    from periods as here
    inner join periods as base
        on
            {{ _window_start('here', period, longest) }} <= base.this_date
            and here.this_date >= base.this_date
    group by here.this_date
),

years as (
    select
        here.this_date,
        sum(base.net_amount) as year_to_date
    from periods as here
    inner join periods as base
        on here.this_year = base.this_year and here.this_date >= base.this_date
    group by here.this_date
)

select
    periods.{{ date_column }}
from periods
inner join windows on periods.this_date = windows.this_date
inner join years on periods.this_date = years.this_date
left join seasons on periods.this_season = seasons.this_season
cross join whole
{%- for column, count in growths.items() %}
left join periods as {{ column }}_base
    on {{ _window_start('periods', period, count) }} = {{ column }}_base.this_date
{%- endfor %}
where
    periods.net_amount_year_to_date <> years.year_to_date
    {%- for column, count in averages.items() %}
    or periods.{{ column }} is distinct from {{ ratio(
        'case when windows.' ~ column ~ '_count = ' ~ count
        ~ ' then windows.' ~ column ~ '_sum end', count
    ) }}
    {%- endfor %}
    {%- for column in growths %}
    or periods.{{ column }} is distinct from {{ growth('periods.value', column ~ '_base.value') }}
    {%- endfor %}
    or periods.seasonality_index is distinct from {{ ratio(
        'seasons.season_amount * whole.whole_count', 'whole.whole_amount * seasons.season_count'
    ) }}
    or (periods.net_amount_z_score is null) <> coalesce(
        windows.z_count < {{ z_score_periods }} or windows.z_least = windows.z_most
        or periods.value is null, true
    )
    or abs(
        periods.net_amount_z_score * windows.z_deviation
        - (periods.value - {{ ratio('windows.z_sum', z_score_periods) }})
    ) > 0.000001 * (abs(periods.value) + windows.z_deviation)

{% endtest %}

{% macro _window_start(side, period, count) -%}
    cast({{ dbt.dateadd(period, -count, side ~ '.this_date') }} as date)
{%- endmacro %}
