{#- A value's distance from the mean of the rows before it, in sample standard deviations; null
    if there are too few earlier rows, or all are equal. For n rows: (n x - sum) / sqrt((n
    squares - sum^2) n / (n - 1)). Sums are exact and square roots correctly rounded everywhere,
    so that engines agree. -#}
{% macro trailing_z_score(cents, rows_before, order_by) -%}
    {%- set window -%}
        over (order by {{ order_by }} rows between {{ rows_before }} preceding and 1 preceding)
    {%- endset -%}
    {%- set total -%}
        cast(sum({{ cents }}) {{ window }} as numeric(19, 0))
    {%- endset -%}
    {%- set squares -%}
        sum(cast({{ cents }} as numeric(19, 0)) * cast({{ cents }} as numeric(19, 0))) {{ window }}
    {%- endset -%}
    {%- set distance -%}
        {{ rows_before }} * {{ cents }} - {{ total }}
    {%- endset -%}
    {%- set deviation -%}
        sqrt(
            cast(
                {{ rows_before }} * {{ squares }} - {{ total }} * {{ total }} as {{ type_double() }}
            )
            * {{ rows_before }} / {{ rows_before - 1 }}
        )
    {%- endset -%}
    case
        when count({{ cents }}) {{ window }} = {{ rows_before }}
            then {{ ratio(distance, deviation) }}
    end
{%- endmacro %}
