{#- The body of a macro's test: of a list of pairs (actual, expected), those that differ. A null
    on one side only is a difference. -#}
{% macro failed_cases(cases) -%}
    {%- set numbered = [] -%}
    {%- for case in cases -%}
        {%- do numbered.append([loop.index, case[0], case[1]]) -%}
    {%- endfor -%}
    select *
    from ({{ inline_rows(['case_id', 'actual', 'expected'], numbered) }}
    ) as cases
    where actual is distinct from expected
{%- endmacro %}
