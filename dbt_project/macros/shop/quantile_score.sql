{#- A score from 1 to 5 by four cut points: half-open bins, so that equal values get equal
    scores. If cut points coincide, quintiles are meaningless, and fixed cut points are used. -#}
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
