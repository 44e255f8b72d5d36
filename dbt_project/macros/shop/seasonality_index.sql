{#- The mean of a season's rows divided by the mean of all rows, as one ratio of exact sums;
    rows with a null value are left out of both. -#}
{% macro seasonality_index(value, season) -%}
    {%- set numerator -%}
        sum({{ value }}) over (partition by {{ season }}) * count({{ value }}) over ()
    {%- endset -%}
    {%- set denominator -%}
        sum({{ value }}) over () * count({{ value }}) over (partition by {{ season }})
    {%- endset -%}
    {{ ratio(numerator, denominator) }}
{%- endmacro %}
