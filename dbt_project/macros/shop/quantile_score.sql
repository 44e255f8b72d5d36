{#- 1 to 5 by where a value lies among four cut points: half-open bins, so that equal values get
    equal scores. Where cut points coincide the quintiles say nothing, and fixed cut points take
    over. -#}
{% macro quantile_score(value, cuts, fixed_cuts) -%}
    case
        when {{ value }} is null then null
        when
            {{ cuts[0] }} < {{ cuts[1] }}
            and {{ cuts[1] }} < {{ cuts[2] }}
            and {{ cuts[2] }} < {{ cuts[3] }}
            then {{ _score(value, cuts) }}
        else {{ _score(value, fixed_cuts) }}
    end
{%- endmacro %}

{% macro _score(value, cuts) -%}
    (
        1
        {%- for cut in cuts %}
        + case when {{ value }} > {{ cut }} then 1 else 0 end
        {%- endfor %}
    )
{%- endmacro %}
