{%- set texts = {
    "'2026-01-05 10:00:00'": "cast('2026-01-05 10:00:00' as timestamp)",
    "'2026-01-05 00:00:00+02:00'": "cast('2026-01-04 22:00:00' as timestamp)",
    "'2026-01-05T10:00:00.25Z'": "cast('2026-01-05 10:00:00.25' as timestamp)",
} -%}
{%- set cases = [] -%}
{%- for text, moment in texts.items() -%}
    {%- do cases.append([convert_type(text, 'string', 'timestamp') ~ ' = ' ~ moment, 'true']) -%}
{%- endfor -%}
{%- set half_cent = 'cast(1.005 as ' ~ type_double() ~ ')' -%}
{{ failed_cases(cases + [
    [convert_type(half_cent, 'double', 'numeric(18,2)') ~ ' = 1.01', 'true'],
    [convert_type("'12.50'", 'string', 'numeric(18,2)') ~ ' = 12.50', 'true'],
    [convert_type('7', 'integer', 'numeric(18,4)') ~ ' = 7', 'true'],
    [convert_type('7', 'bigint', 'string') ~ " = '7'", 'true'],
    [convert_type("' YES '", 'string', 'boolean'), 'true'],
    [convert_type('0', 'integer', 'boolean'), 'false'],
]) }}
