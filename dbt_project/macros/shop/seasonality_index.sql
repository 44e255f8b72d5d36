{#- The mean of a season's rows divided by the mean of all rows, as one ratio of exact sums;
    rows with a null value are left out of both. -#}
{% macro seasonality_index(value, season) -%}
    {{ ratio(
        'sum(' ~ value ~ ') over (partition by ' ~ season ~ ') * count(' ~ value ~ ') over ()',
        'sum(' ~ value ~ ') over () * count(' ~ value ~ ') over (partition by ' ~ season ~ ')'
    ) }}
{%- endmacro %}
