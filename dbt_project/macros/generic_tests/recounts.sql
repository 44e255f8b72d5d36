{#- Groups whose measures differ from the same aggregates of another relation. `by` and `measures`
    map a column of the model to the expression over the other relation; without `by`, the totals
    are compared. -#}
{% test recounts(
    model, measures, compare_model, by={}, row_where="true", compare_where="true", tolerance=0
) %}

with

counted as (
    select
        {%- for column, expression in by.items() %}
        {{ expression }} as {{ column }},
        {%- endfor %}
        {%- for column, expression in measures.items() %}
        {{ expression }} as {{ column }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from {{ compare_model }}
    where {{ compare_where }}
    {%- if by %}
    group by {{ by.values() | join(', ') }}
    {%- endif %}
),

compared as (
    select
        {%- for column in by %}
        {{ column }},
        {%- endfor %}
        {%- for column in measures %}
        {{ column }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from {{ model }}
    where {{ row_where }}

    union all

    select
        {%- for column in by %}
        {{ column }},
        {%- endfor %}
        {%- for column in measures %}
        -1 * {{ column }} as {{ column }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from counted
)

select
    {%- for column in by %}
    {{ column }},
    {%- endfor %}
    {%- for column in measures %}
    sum({{ column }}) as {{ column }}_surplus
    {{- "," if not loop.last }}
    {%- endfor %}
from compared
{%- if by %}
group by {{ by.keys() | join(', ') }}
{%- endif %}
having
    {%- for column in measures %}
    {{ "or " if not loop.first }}abs(sum({{ column }})) > {{ tolerance }}
    {%- endfor %}

{% endtest %}
