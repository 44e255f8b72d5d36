{% set cases = [] %}
{% for first_day, count, period, last_day in [
    ('2024-02-28', 2, 'day', '2024-03-01'),
    ('2025-01-01', -1, 'day', '2024-12-31'),
    ('2025-01-31', 1, 'month', '2025-02-28'),
    ('2025-01-01', -12, 'month', '2024-01-01'),
] %}
    {% set actual -%}
        cast({{ dbt.dateadd(period, count, "cast('" ~ first_day ~ "' as date)") }} as date)
    {%- endset %}
    {% do cases.append([actual, "cast('" ~ last_day ~ "' as date)"]) %}
{% endfor %}
{{ failed_cases(cases) }}
