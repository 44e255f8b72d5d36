{{ failed_cases([
    [divide_integers('7', '2'), '3'],
    [divide_integers('6', '3'), '2'],
    [divide_integers('cast(9000000000000000001 as bigint)', '2'), '4500000000000000000'],
]) }}
