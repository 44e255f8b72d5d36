{#- Values of either expression that occur with more than one value of the other. Rows in which
    one of the two is null are left out. -#}
{% test one_to_one(model, left, right, row_where="true") %}

with

pairs as (
    select distinct
        {{ left }} as left_value,
        {{ right }} as right_value
    from {{ model }}
    where {{ row_where }}
),

counted as (
    select
        left_value,
        right_value,
        count(*) over (partition by left_value) as right_count,
        count(*) over (partition by right_value) as left_count
    from pairs
    where left_value is not null and right_value is not null
)

select * from counted
where right_count > 1 or left_count > 1

{% endtest %}
