{#- One row per row of a relation and rule that it meets, with the value found. Each rule is a
    column, null if the row does not meet it. One pass over the relation: a union of one select per
    rule would read it once per rule. -#}
{% macro found_issues(relation, rules) -%}
    select
        {{ relation }}.*,
        rules.rule,
        case rules.rule
            {% for rule in rules -%}
                when '{{ rule }}' then {{ relation }}.{{ rule }}
            {% endfor %}
        end as found
    from {{ relation }}
    cross join (
        {% for rule in rules -%}
            select '{{ rule }}' as rule
            {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ) as rules
    where coalesce({{ rules | join(', ') }}) is not null
{%- endmacro %}
