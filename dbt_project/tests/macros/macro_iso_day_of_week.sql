{{ failed_cases([
    [iso_day_of_week("cast('2025-12-29' as date)"), '1'],
    [iso_day_of_week("cast('2025-12-28' as date)"), '7'],
]) }}
