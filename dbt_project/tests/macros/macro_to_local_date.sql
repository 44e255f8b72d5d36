{{ failed_cases([
    [to_local_date("cast('2025-01-15 04:59:59' as timestamp)"), "cast('2025-01-14' as date)"],
    [to_local_date("cast('2025-01-15 05:00:00' as timestamp)"), "cast('2025-01-15' as date)"],
    [to_local_date("cast('2025-07-15 03:59:59' as timestamp)"), "cast('2025-07-14' as date)"],
    [to_local_date("cast('2025-07-15 04:00:00' as timestamp)"), "cast('2025-07-15' as date)"],
    [to_local_date('cast(null as timestamp)'), 'cast(null as date)'],
]) }}
