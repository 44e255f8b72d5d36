{#- One row per day, `date_day`, from the first to the last day, both included. The two days are
    expressions over the one row of `relation`; without a relation they are constants. -#}
{% macro generate_date_spine(first_day, last_day, relation=none) -%}
    {{ return(adapter.dispatch('generate_date_spine', 'ecommerce_analytics')(
        first_day, last_day, relation
    )) }}
{%- endmacro %}

{% macro default__generate_date_spine(first_day, last_day, relation) -%}
    select cast(days.date_day as date) as date_day
    from
        {% if relation %}{{ relation }} as bounds,{% endif %}
        generate_series(
            cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval '1 day'
        ) as days (date_day)
{%- endmacro %}

{% macro duckdb__generate_date_spine(first_day, last_day, relation) -%}
    select
        cast(
            unnest(generate_series({{ first_day }}, {{ last_day }}, interval '1 day')) as date
        ) as date_day
    {% if relation %}from {{ relation }}{% endif %}
{%- endmacro %}

{% macro spark__generate_date_spine(first_day, last_day, relation) -%}
    select explode(sequence({{ first_day }}, {{ last_day }}, interval 1 day)) as date_day
    {% if relation %}from {{ relation }}{% endif %}
{%- endmacro %}
