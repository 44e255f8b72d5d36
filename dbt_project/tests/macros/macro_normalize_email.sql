{{ failed_cases([
    [normalize_email("' Anna.Smith@Example.COM '"), "'anna.smith@example.com'"],
    [normalize_email("'   '"), 'cast(null as ' ~ dbt.type_string() ~ ')'],
    [normalize_email("'@AZ[`az{@'"), "'@az[`az{@'"],
    [normalize_email("'JÖRG@example.com'"), "'jÖrg@example.com'"],
]) }}
