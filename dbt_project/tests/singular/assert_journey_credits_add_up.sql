{%- set models = attribution_weights().keys() | list %}
select
    {% for model in models %}
        sum({{ model }}_credit) as {{ model }}_credit,
    {% endfor %}
    order_id
from {{ ref('attribution_touches') }}
group by order_id
having
    greatest(
        {% for model in models %}
            abs(sum({{ model }}_credit) - 1),
        {% endfor %}
        0
    ) > 0.000001
