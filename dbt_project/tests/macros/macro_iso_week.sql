{{ failed_cases([
    [iso_week("cast('2024-12-30' as date)"), '1'],
    [iso_year("cast('2024-12-30' as date)"), '2025'],
    [iso_week("cast('2021-01-03' as date)"), '53'],
    [iso_year("cast('2021-01-03' as date)"), '2020'],
    [iso_week("cast('2025-06-16' as date)"), '25'],
]) }}
