{#- Spellings of one address, as web pages, spreadsheets and phones produce them; and pairs that
    are two people on every engine: non-ASCII capitals, composed and decomposed letters, inner
    blanks. -#}
{% set nothing = 'cast(null as ' ~ dbt.type_string() ~ ')' %}
{% set cases = [
    ["' Anna.Smith@Example.COM '", "'anna.smith@example.com'"],
    ["'@AZ[`az{@'", "'@az[`az{@'"],
    ["'   '", nothing],
    ["'\u00a0\u200b\t'", nothing],
    [nothing, nothing],
    ["'\t\r\n\u000b\u000cAnna@example.com\r\n'", "'anna@example.com'"],
    ["'\ufeffAnna@example.com'", "'anna@example.com'"],
    ["'\u200b\u00a0Anna@example.com\u00a0\u200b \u3000'", "'anna@example.com'"],
    ["'an\u00adna@\u200bexample\u2060.com'", "'anna@example.com'"],
    ["'\u202aAnna@example.com\u202c'", "'anna@example.com'"],
    ["'anna smith@example.com'", "'anna smith@example.com'"],
    ["'anna\u00a0smith@example.com'", "'anna\u00a0smith@example.com'"],
    ["'JÖRG@example.com'", "'jÖrg@example.com'"],
    ["'jo\u0308rg@example.com'", "'jo\u0308rg@example.com'"],
    ["'j\u00f6rg@example.com'", "'j\u00f6rg@example.com'"],
    ["'\u212aELVIN@example.com'", "'\u212aelvin@example.com'"],
    ["'İ@STRAßE.example'", "'İ@straße.example'"],
] %}
{% for code in _other_blanks() %}
    {% do cases.append(["'" ~ code ~ "A@b.c" ~ code ~ "'", "'a@b.c'"]) %}
{% endfor %}
{% for code in _invisible() %}
    {% do cases.append(["'A" ~ code ~ "@b.c'", "'a@b.c'"]) %}
{% endfor %}
{% set normalized = [] %}
{% for given, expected in cases %}
    {% do normalized.append([normalize_email(given), expected]) %}
{% endfor %}
{{ failed_cases(normalized) }}
