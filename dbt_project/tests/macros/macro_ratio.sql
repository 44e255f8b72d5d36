{% set double = type_double() %}
{{ failed_cases([
    [ratio('5', '2'), 'cast(2.5 as ' ~ double ~ ')'],
    [ratio('1', '0'), 'cast(null as ' ~ double ~ ')'],
    [ratio('cast(null as integer)', '4'), 'cast(null as ' ~ double ~ ')'],
    [
        ratio('cast(1.10 as numeric(18, 2))', 'cast(-2.20 as numeric(18, 2))'),
        'cast(-0.5 as ' ~ double ~ ')',
    ],
]) }}
