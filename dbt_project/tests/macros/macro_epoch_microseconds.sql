{{ failed_cases([
    [epoch_microseconds("cast('1970-01-02 00:00:00.000001' as timestamp)"), '86400000001'],
    [epoch_microseconds("cast('2025-03-09 07:30:00.5' as timestamp)"), '1741505400500000'],
    [epoch_microseconds('cast(null as timestamp)'), 'cast(null as bigint)'],
]) }}
