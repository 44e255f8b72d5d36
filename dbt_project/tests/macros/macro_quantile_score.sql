{{ failed_cases([
    [quantile_score('10', ['10', '20', '30', '40'], [1, 2, 3, 4]), '1'],
    [quantile_score('11', ['10', '20', '30', '40'], [1, 2, 3, 4]), '2'],
    [quantile_score('41', ['10', '20', '30', '40'], [1, 2, 3, 4]), '5'],
    [quantile_score('3', ['1', '1', '2', '4'], [1, 2, 3, 4]), '3'],
    [
        quantile_score('cast(null as integer)', ['1', '2', '3', '4'], [1, 2, 3, 4]),
        'cast(null as integer)',
    ],
]) }}
