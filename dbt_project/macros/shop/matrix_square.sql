{#- The square of a matrix, as a query. The relation has one row per entry: row_state,
    column_state and weight, a whole number of hundred-millionths. So has the result, rounded
    down. Sums of products stay under 9.2e18 if the rows of the left matrix add up to 1. -#}
{% macro matrix_square(relation) -%}
    {%- set total -%}
        cast(sum(left_entries.weight * right_entries.weight) as bigint)
    {%- endset -%}
    select
        left_entries.row_state,
        right_entries.column_state,
        {{ divide_integers(total, '100000000') }} as weight
    from {{ relation }} as left_entries
    inner join {{ relation }} as right_entries
        on left_entries.column_state = right_entries.row_state
    group by
        left_entries.row_state,
        right_entries.column_state
{%- endmacro %}
