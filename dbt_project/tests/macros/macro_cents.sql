{% set money = type_money() %}
{{ failed_cases([
    [to_cents('cast(19.99 as numeric(18, 2))'), '1999'],
    [to_cents('cast(1.50 as numeric(18, 2)) + cast(2.25 as numeric(18, 2))'), '375'],
    [from_cents('-5'), 'cast(-0.05 as ' ~ money ~ ')'],
    [from_cents('cast(123456789012345 as bigint)'), 'cast(1234567890123.45 as ' ~ money ~ ')'],
]) }}
