{{ failed_cases([
    [add_days("cast('2024-02-28' as date)", 2), "cast('2024-03-01' as date)"],
    [add_days("cast('2025-01-01' as date)", -1), "cast('2024-12-31' as date)"],
    [add_months("cast('2025-01-31' as date)", 1), "cast('2025-02-28' as date)"],
    [add_months("cast('2025-01-01' as date)", -12), "cast('2024-01-01' as date)"],
]) }}
