{% set cases = [] %}
{% for period, first_day in [
    ('week', '2025-12-22'),
    ('month', '2025-12-01'),
    ('quarter', '2025-10-01'),
    ('year', '2025-01-01'),
] %}
    {% set actual -%}
        cast({{ dbt.date_trunc(period, "cast('2025-12-28' as date)") }} as date)
    {%- endset %}
    {% do cases.append([actual, "cast('" ~ first_day ~ "' as date)"]) %}
{% endfor %}
{{ failed_cases(cases) }}
