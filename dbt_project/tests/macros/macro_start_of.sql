{{ failed_cases([
    [start_of('week', "cast('2025-12-28' as date)"), "cast('2025-12-22' as date)"],
    [start_of('month', "cast('2025-12-28' as date)"), "cast('2025-12-01' as date)"],
    [start_of('quarter', "cast('2025-12-28' as date)"), "cast('2025-10-01' as date)"],
    [start_of('year', "cast('2025-12-28' as date)"), "cast('2025-01-01' as date)"],
]) }}
