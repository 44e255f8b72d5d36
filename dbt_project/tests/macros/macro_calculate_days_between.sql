{{ failed_cases([
    [calculate_days_between("cast('2024-02-28' as date)", "cast('2024-03-01' as date)"), '2'],
    [calculate_days_between("cast('2025-01-02' as date)", "cast('2025-01-01' as date)"), '-1'],
    [
        calculate_days_between('cast(null as date)', "cast('2025-01-01' as date)"),
        'cast(null as integer)',
    ],
]) }}
