{% set money = type_money() %}
{% set ten_cents = 'cast(0.10 as ' ~ money ~ ')' %}
{% set five_percent = 'cast(0.05 as numeric(9, 6))' %}
{{ failed_cases([
    [calculate_revenue_with_tax('100.00', '0.0825'), 'cast(108.25 as ' ~ money ~ ')'],
    [calculate_revenue_with_tax('0.10', '0.05'), 'cast(0.11 as ' ~ money ~ ')'],
    [calculate_revenue_with_tax('19.99', '0'), 'cast(19.99 as ' ~ money ~ ')'],
    [
        call_function(
            function('revenue_with_tax'), calculate_revenue_with_tax, [ten_cents, five_percent]
        ),
        'cast(0.11 as ' ~ money ~ ')',
    ],
]) }}
