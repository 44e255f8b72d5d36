{% set double = type_double() %}
{{ failed_cases([
    [
        growth('cast(150 as numeric(18, 2))', 'cast(100 as numeric(18, 2))'),
        'cast(0.5 as ' ~ double ~ ')',
    ],
    [growth('1', '0'), 'cast(null as ' ~ double ~ ')'],
    [growth('1', '-5'), 'cast(null as ' ~ double ~ ')'],
]) }}
