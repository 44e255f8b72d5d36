{#- A value's distance from the mean of the rows before it, in sample standard deviations; null
    if there are too few earlier rows, or all are equal. For n rows: (n x - sum) / sqrt((n
    squares - sum^2) n / (n - 1)). Sums are exact and square roots correctly rounded everywhere,
    so that engines agree. -#}
{% macro trailing_z_score(cents, rows_before, order_by) -%}
    {%- set window = 'over (order by ' ~ order_by ~ ' rows between ' ~ rows_before
        ~ ' preceding and 1 preceding)' -%}
    {%- set whole = 'numeric(19, 0)' -%}
    {%- set total = 'cast(sum(' ~ cents ~ ') ' ~ window ~ ' as ' ~ whole ~ ')' -%}
    {%- set squares -%}
        sum(cast({{ cents }} as {{ whole }}) * cast({{ cents }} as {{ whole }})) {{ window }}
    {%- endset -%}
    case
        when count({{ cents }}) {{ window }} = {{ rows_before }}
            then {{ ratio(
                rows_before ~ ' * ' ~ cents ~ ' - ' ~ total,
                'sqrt(cast(' ~ rows_before ~ ' * ' ~ squares ~ ' - ' ~ total ~ ' * ' ~ total
                ~ ' as ' ~ type_double() ~ ') * ' ~ rows_before ~ ' / ' ~ (rows_before - 1) ~ ')'
            ) }}
    end
{%- endmacro %}
