{#- One row where the total of an expression over the model differs from that over another
    model. -#}
{% test same_total(
    model, expression, compare_model, compare_expression, where="true", compare_where="true"
) %}

with

here as (
    select coalesce(sum({{ expression }}), 0) as total
    from {{ model }}
    where {{ where }}
),

there as (
    select coalesce(sum({{ compare_expression }}), 0) as total
    from {{ compare_model }}
    where {{ compare_where }}
)

select
    here.total as total_here,
    there.total as total_there
from here
cross join there
where here.total <> there.total

{% endtest %}
