{% set noon = "cast('2025-03-01 12:00:00.5' as timestamp)" %}

{{ failed_cases([
    [whole_hours_between("cast('2025-02-28 11:00:00.5' as timestamp)", noon), '25'],
    [whole_hours_between("cast('2025-02-28 11:00:00.500001' as timestamp)", noon), '24'],
    [whole_hours_between("cast('2025-03-01 11:00:00.6' as timestamp)", noon), '0'],
    [whole_hours_between('cast(null as timestamp)', noon), 'cast(null as integer)'],
]) }}
