{% set noon = "cast('2025-03-01 12:00:00.5' as timestamp)" %}

{{ failed_cases([
    [whole_days_between("cast('2025-02-27 12:00:00.5' as timestamp)", noon), '2'],
    [whole_days_between("cast('2025-02-27 12:00:00.500001' as timestamp)", noon), '1'],
    [whole_days_between("cast('2025-02-28 12:00:00.6' as timestamp)", noon), '0'],
    [whole_days_between('cast(null as timestamp)', noon), 'cast(null as integer)'],
]) }}
