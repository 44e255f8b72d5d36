{%- set double = type_double() -%}
{%- set converted = [
    [convert_type("'2026-01-05 10:00:00'", 'string', 'timestamp'),
     "cast('2026-01-05 10:00:00' as timestamp)"],
    [convert_type("'2026-01-05 00:00:00+02:00'", 'string', 'timestamp'),
     "cast('2026-01-04 22:00:00' as timestamp)"],
    [convert_type("'2026-01-05T10:00:00.25Z'", 'string', 'timestamp'),
     "cast('2026-01-05 10:00:00.25' as timestamp)"],
    [convert_type("cast('2026-01-05' as date)", 'date', 'timestamp'),
     "cast('2026-01-05 00:00:00' as timestamp)"],
    [convert_type('cast(1.005 as ' ~ double ~ ')', 'double', 'numeric(18,2)'), '1.01'],
    [convert_type("'12.50'", 'string', 'numeric(18,2)'), '12.50'],
    [convert_type('7', 'integer', 'numeric(18,4)'), '7'],
    [convert_type('7', 'bigint', 'string'), "'7'"],
    [convert_type("' YES '", 'string', 'boolean'), 'true'],
    [convert_type('0', 'integer', 'boolean'), 'false'],
] -%}
{%- set cases = [] -%}
{%- for actual, expected in converted -%}
    {%- do cases.append([actual ~ ' = ' ~ expected, 'true']) -%}
{%- endfor -%}
{{ failed_cases(cases) }}
