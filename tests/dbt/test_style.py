"""The house style of the dbt project, as far as a program can check it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from project import (
    JINJA,
    PACKAGE,
    Manifest,
    Node,
    check,
    hide_function_from,
    is_public_macro,
    macros_in,
    project_files,
    read_yaml,
    shown,
    strip_comments,
    strip_jinja,
    walk,
    yaml_files,
)

from conftest import Artifact
from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.paths import DBT_PROJECT, ROOT

_LINE: Final = 100
# Folders with our own text; tools write into others.
_OURS: Final = ("src", "tests", "docs", "benchmarks", "docker", ".github")
_DIALECT: Final = {
    "::": r"::",
    "interval": r"\binterval\s+['\d]",
    "qualify": r"\bqualify\b",
    "filter (": r"\bfilter\s*\(",
    "group by all": r"\bgroup\s+by\s+all\b",
    "order by all": r"\border\s+by\s+all\b",
    "group by a number": r"\bgroup\s+by\s+\d",
    "distinct on": r"\bdistinct\s+on\b",
    "natural join": r"\bnatural\s+(?:\w+\s+)?join\b",
    "using (": r"\busing\s*\(",
    "ilike": r"\bilike\b",
    "a regular expression": r"\s[!]?~[~*]*\s|\b(?:rlike|regexp\w*|similar\s+to)\b",
    "exclude or replace columns": r"\*\s*(?:exclude|except|replace)\s*\(",
    "lateral": r"\blateral\b",
    "unnest": r"\bunnest\b",
    "limit": r"\blimit\s+\d",
    "ntile": r"\bntile\b",
    "the clock": r"\b(?:current_date|current_timestamp|now\s*\(|today\s*\(|getdate)",
    "right join": r"\bright\s+(?:outer\s+)?join\b",
    "float": r"\bas\s+(?:float|real|double)\b",
}
_KEYWORDS: Final = re.compile(r"\b(?:SELECT|FROM|WHERE|JOIN|CASE|AND|GROUP|ORDER|WITH)\b")
_BARE_COLUMN: Final = re.compile(r"\s+(?:[a-z_]\w*\.)?[a-z_]\w*,?")
_NO_COLUMN: Final = frozenset({"select", "with", "where", "on", "having", "case", "when", "except"})
_MOST_BARE_COLUMNS: Final = 0.2
_JINJA_BLOCK: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_CLAUSE_IN_A_STRING: Final = re.compile(
    r"""(['"])(?:(?!\1).)*(?:\bcase when\b|\bover \(|\bselect\b)""", re.DOTALL
)
# Its eight expressions are a list that four models loop over.
_LISTS_OF_EXPRESSIONS: Final = frozenset({"attribution_weights.sql"})
_VAR: Final = re.compile(r"""\bvar\(\s*['"](\w+)['"]""")
_NEEDS_ORDER: Final = "row_number|rank|dense_rank|lag|lead|first_value|last_value|nth_value"
_NUMBERS_ROWS: Final = frozenset({"row_number", "lag", "lead", "first_value", "last_value"})
# The patterns for ordering by a key or a text, and for text in brackets.
_ORDERS_BY: Final = re.compile(r"\{\{ (?:key|byte)_order\('([\w.]+)'\) \}\}")
_WINDOW: Final = re.compile(r"\b(?P<function>\w+)\s*\((?P<inside>[^()]*)\)\s*over\s*\(")


@pytest.fixture(scope="module")
def graph(manifest: Artifact) -> Manifest:
    """The project's manifest as a graph."""
    return Manifest(manifest)


# --- SQL ---------------------------------------------------------------------------------------


def _models() -> list[Path]:
    return project_files(".sql", under=("models",))


@pytest.mark.parametrize("name", _DIALECT)
def test_no_model_speaks_a_dialect(name: str) -> None:
    """Engine-specific SQL is in dispatched macros only."""
    check(
        f"{name} in a model, an analysis or a test",
        [
            f"{shown(path)}:{number}"
            for path in (*_models(), *project_files(".sql", under=("tests/singular", "analyses")))
            for number, line in enumerate(strip_jinja(_read(path)).splitlines(), 1)
            if re.search(_DIALECT[name], line, re.IGNORECASE)
        ],
    )


def test_keywords_are_lower_case() -> None:
    """Names and keywords are in lower case."""
    check(
        "upper-case keywords",
        [
            f"{shown(path)}:{number}"
            for path in project_files(".sql")
            for number, line in enumerate(strip_jinja(_read(path)).splitlines(), 1)
            if _KEYWORDS.search(re.sub(r"'[^']*'", "", line))
        ],
    )


def test_absence_is_asked_for_with_exists() -> None:
    """`not in` is not used, because PostgreSQL is slow with it on large subqueries."""
    check(
        "`not in (select`, which `not exists` says faster",
        [
            shown(path)
            for path in project_files(".sql")
            if re.search(r"\bnot in \( ?select\b", _sql(path))
        ],
    )


def test_no_model_asks_for_the_target() -> None:
    """A model is the same for every target."""
    check(
        "target in a model",
        [
            shown(path)
            for path in _models()
            if re.search(r"\btarget\.", strip_comments(_read(path)))
        ],
    )


def test_every_model_ends_with_its_final_cte() -> None:
    """The last line of every model selects from its final CTE."""
    check(
        "models whose last line is not `select * from final`",
        [
            shown(path)
            for path in _models()
            if _read(path).rstrip().splitlines()[-1] != "select * from final"
        ],
    )


def test_models_open_with_a_line_of_their_own() -> None:
    """`with` is alone on its line, once."""
    check(
        "models without `with` alone on its line",
        [shown(path) for path in _models() if _read(path).splitlines().count("with") != 1],
    )


def test_columns_are_listed_in_the_last_cte() -> None:
    """The last CTE lists every column by name, without `*`."""
    check(
        "stars in a last CTE",
        [
            f"{shown(path)}: {name}"
            for path in _models()
            for name, body in _ctes(_sql(path))
            if name == "final" and re.search(r"(?:\bselect\s+|\.|,\s*)\*", body)
        ],
    )


def test_few_lines_only_pass_a_column_along() -> None:
    """CTEs between the imports and the last one take `previous.*` and list what they add."""
    lines = [
        line
        for path in _models()
        for line in strip_comments(_read(path)).splitlines()
        if line.strip() and not line.strip().startswith("--")
    ]
    bare = [
        line for line in lines if _BARE_COLUMN.fullmatch(line) and line.strip() not in _NO_COLUMN
    ]
    share = len(bare) / len(lines)
    assert share < _MOST_BARE_COLUMNS, f"{len(bare)} of {len(lines)} lines, {share:.1%}"


def test_sql_is_not_in_strings() -> None:
    """Clauses are not in Jinja strings, where neither sqlfluff nor people read them as SQL."""
    check(
        "SQL in a string of Jinja; a column of the CTE before or a {% set %} block says it",
        [
            f"{shown(path)}: {found[0].splitlines()[0]}"
            for path in project_files(".sql", under=("models", "macros/portable", "macros/shop"))
            if path.name not in _LISTS_OF_EXPRESSIONS
            for block in _JINJA_BLOCK.finditer(strip_comments(_read(path)))
            if "raise_compiler_error" not in block[0]
            for found in _CLAUSE_IN_A_STRING.finditer(block[0])
        ],
    )


def test_imports_come_first() -> None:
    """Import CTEs come first, so that a model's inputs are visible at once."""
    found = []
    for path in _models():
        names = [(n, f"from {JINJA}" in b or f"join {JINJA}" in b) for n, b in _ctes(_sql(path))]
        first_logic = next((i for i, (_, reads) in enumerate(names) if not reads), len(names))
        found += [f"{shown(path)}: {n}" for n, reads in names[first_logic:] if reads]
    check("CTEs that read an input after one that does not", found)


def test_nobody_reads_inputs_outside_an_import() -> None:
    """`ref` and `source` are only in CTEs that do nothing but select."""
    found = [
        f"{shown(path)}: {name}"
        for path in _models()
        for name, body in _ctes(_sql(path))
        if f"from {JINJA}" in body and not _is_import(body)
    ]
    check("inputs read by a CTE that is no import", found)


def test_every_cte_is_used() -> None:
    """Every CTE is used."""
    check(
        "unused CTEs",
        [
            f"{shown(path)}: {name}"
            for path in _models()
            for name, _ in _ctes(strip_comments(_read(path)))
            if len(re.findall(rf"\b{name}\b", strip_comments(_read(path)))) < 2
        ],
    )


def test_a_mart_opens_with_a_short_comment_at_most() -> None:
    """A mart's header has at most three lines for grain and trap; more belongs in the YAML."""
    check(
        "opening comments of more than three lines",
        [
            shown(path)
            for path in _models()
            if (comment := re.match(r"\s*\{#-?(.*?)-?#\}", _read(path), re.DOTALL))
            and len(comment[1].strip().splitlines()) > 3
        ],
    )


def test_increments_number_whole_histories_only(graph: Manifest) -> None:
    """Incremental models have no first, nth or previous, which need all rows of a person."""
    check(
        "window functions over time in incremental models that do not take whole histories",
        [
            f"{model.label}: {window.function}"
            for model in graph.models
            if model.materialized == "incremental"
            for window in _windows(str(model.raw["raw_code"]))
            if window.function in _NEEDS_ORDER.split("|")
            and not _taken_whole(str(model.raw["raw_code"])) & set(window.partition)
        ],
    )


def _taken_whole(sql: str) -> set[str]:
    """The keys for which an incremental run takes all rows or none."""
    return set(re.findall(r"changed_rows\('(\w+)'\)", sql))


def test_increments_look_back(graph: Manifest) -> None:
    """Incremental models do not use `> max(...)`, which loses late rows."""
    check(
        "increments that start exactly at a maximum",
        [
            model.label
            for model in graph.models
            if model.materialized == "incremental"
            and re.search(
                rf">=?\s*\(\s*select\s+(?:coalesce\s*\(\s*)?max\([\w.]+\)(?:,\s*{JINJA}\s*\))?\s+from",
                strip_jinja(str(model.raw["raw_code"])),
            )
        ],
    )


# --- Windows -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """A window function in a model's SQL: its partition columns and order columns."""

    function: str
    partition: tuple[str, ...]
    order: tuple[str, ...]

    @property
    def order_columns(self) -> tuple[str, ...]:
        """The names of the order columns."""
        return tuple(term.split()[0].split(".")[-1] for term in self.order)


def test_windows_that_need_an_order_have_one(graph: Manifest) -> None:
    """Window functions that depend on order have one; otherwise the engine chooses a row."""
    check(
        "windows without an order",
        [
            f"{model.label}: {window.function}"
            for model in graph.models
            for window in _windows(str(model.raw["raw_code"]))
            if window.function in _NEEDS_ORDER.split("|") and not window.order
        ],
    )


def test_windows_break_ties(graph: Manifest) -> None:
    """Partition and order columns include a key of the model or of an input."""
    check(
        "windows in which two rows may tie",
        [
            f"{model.label}: {window.function} by {', '.join(window.order)}"
            for model in graph.models
            for window in _windows(str(model.raw["raw_code"]))
            if window.function in _NUMBERS_ROWS and not _is_unique(graph, model, window)
        ],
    )


def test_windows_say_where_nulls_go(graph: Manifest) -> None:
    """Windows set the place of nulls, on which engines disagree, for every nullable column."""
    check(
        "window orders that leave the place of nulls to the engine",
        [
            f"{model.label}: {window.function} by {term}"
            for model in graph.models
            for window in _windows(str(model.raw["raw_code"]))
            for term, column in zip(window.order, window.order_columns, strict=True)
            if " nulls " not in term and column not in _never_null(graph, model)
        ],
    )


def test_natural_keys_are_ordered_by_bytes() -> None:
    """Natural keys are ordered by bytes, because PostgreSQL orders text by language."""
    numbers, texts = (load_contract(key_type=key_type).tables for key_type in ("bigint", "string"))
    keys = {
        text.name
        for number_table, text_table in zip(numbers, texts, strict=True)
        for number, text in zip(number_table.columns, text_table.columns, strict=True)
        if number.data_type != text.data_type
    }
    check(
        "natural keys ordered without `key_order`",
        [
            f"{shown(path)}:{number}: {key[0]}"
            for path in project_files(".sql")
            for number, line in enumerate(_read(path).splitlines(), 1)
            for key in re.finditer(rf"\b(?:{'|'.join(sorted(keys))})(?= (?:asc|desc)\b)", line)
        ],
    )


def _windows(sql: str) -> Iterator[Window]:
    sql = " ".join(strip_jinja(_ORDERS_BY.sub(r"\1", sql)).split())
    for match in _WINDOW.finditer(sql):
        inside = _until_closed(sql, match.end())
        partition, _, order = inside.partition("order by")
        order = re.split(r"\b(?:rows|range|groups)\b", order)[0]
        yield Window(
            match["function"].lower(),
            _terms(partition.replace("partition by", "")),
            _terms(order),
        )


def _until_closed(sql: str, start: int) -> str:
    depth = 1
    for position in range(start, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[position], 0)
        if depth == 0:
            return sql[start:position]
    return sql[start:]


def _terms(text: str) -> tuple[str, ...]:
    return tuple(term.strip() for term in text.split(",") if term.strip())


def _is_unique(graph: Manifest, model: Node, window: Window) -> bool:
    columns = {term.split(".")[-1] for term in window.partition} | set(window.order_columns)
    keys = [key for node in _lineage(graph, model) for key in graph.unique_keys(node)]
    return any(key <= columns for key in keys)


def _never_null(graph: Manifest, model: Node) -> set[str]:
    nodes = _lineage(graph, model)
    never: set[str] = set()
    for node in nodes:
        tested = {
            str(test.raw["column_name"])
            for test in graph.generic_tests(node)
            if test.raw["test_metadata"]["name"] == "not_null"
        }
        never |= tested | node.not_null_columns()
    # A nullable column of the same name in another input may be the one used here.
    return {
        column
        for column in never
        if all(
            column in node.not_null_columns() or column not in node.columns
            for node in nodes
            if node.kind == "model" and node.config.get("contract", {}).get("enforced")
        )
        or any(frozenset({column}) in graph.unique_keys(node) for node in nodes)
    }


def _lineage(graph: Manifest, model: Node) -> list[Node]:
    return [model, *graph.parents(model, "model", "seed", "snapshot")]


# --- Files -------------------------------------------------------------------------------------


def test_lines_are_short() -> None:
    """Lines in SQL and YAML have at most 100 columns. Ruff checks Python; prose is free."""
    check(
        f"lines of more than {_LINE} columns",
        [
            f"{path.relative_to(ROOT)}:{number} ({len(line)})"
            for path in _texts()
            if path.suffix in (".sql", ".yml")
            for number, line in enumerate(_read(path).splitlines(), 1)
            if len(line) > _LINE and not re.search(r"https?://|^\|", line)
        ],
    )


def test_no_tabs_and_no_blanks_at_the_end() -> None:
    """Files have no tabs and no trailing blanks, and end with one newline."""
    found = []
    for path in _texts():
        text = _read(path)
        found += [
            f"{path.relative_to(ROOT)}:{number}"
            for number, line in enumerate(text.splitlines(), 1)
            if "\t" in line or line != line.rstrip()
        ]
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            found.append(f"{path.relative_to(ROOT)}: end of file")
    check("tabs, blanks at the end of a line, or a file's end", found)


def test_sql_is_indented_by_four() -> None:
    """SQL is indented in steps of four spaces."""
    check(
        "lines that are not indented by a multiple of four",
        [
            f"{shown(path)}:{number}"
            for path in project_files(".sql")
            for number, line in enumerate(strip_comments(_read(path)).splitlines(), 1)
            if line.strip() and (len(line) - len(line.lstrip())) % 4
        ],
    )


def _texts() -> list[Path]:
    project = project_files(".sql", ".yml", ".md")
    project += [path for path in DBT_PROJECT.iterdir() if path.suffix in {".yml", ".md"}]
    others = [
        path
        for folder in _OURS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".sql", ".yml", ".md", ".py"} and "__pycache__" not in path.parts
    ]
    # Statements with a shop's rows are generated.
    others = [path for path in others if "mock-data" not in path.parts]
    return [*project, *others, *(path for path in ROOT.iterdir() if path.suffix == ".md")]


# --- Macros and variables ----------------------------------------------------------------------


def test_each_file_holds_one_public_macro() -> None:
    """Each file has one public macro of its name, with variants and helpers, except in adapters."""
    found = []
    for path in project_files(".sql", under=("macros",)):
        # These files group macros by subject.
        if {"adapters", "audit"} & set(path.parts):
            continue
        names = macros_in(_read(path))
        if not names or names[0] != path.stem:
            found.append(f"{shown(path)}: begins with {names[:1]}")
        found += [
            f"{shown(path)}: {name}"
            for name in names[1:]
            if is_public_macro(name) or not (name.startswith("_") or name.endswith(path.stem))
        ]
    check("files whose macro is not the one that the name tells", found)


def test_every_declared_variable_is_used() -> None:
    """Every declared variable is used."""
    used = {name for path in (*project_files(".sql"), *yaml_files()) for name in _vars(path)}
    check("variables that nothing uses", set(_declared()) - used)


def test_every_used_variable_is_declared() -> None:
    """Every used variable is declared, with its default in one place."""
    declared = _declared()
    check(
        "variables that dbt_project.yml does not declare",
        [
            f"{shown(path)}: {name}"
            for path in (*project_files(".sql"), *yaml_files(), DBT_PROJECT / "dbt_project.yml")
            for name in _vars(path)
            if name not in declared
        ],
    )


def test_every_macro_is_used() -> None:
    """Every macro is used by a model, test, analysis, hook, macro or dbt, or as an operation."""
    paths = [*project_files(".sql"), *yaml_files(), DBT_PROJECT / "dbt_project.yml"]
    # Definitions and descriptions do not count.
    words = Counter(
        word
        for path in paths
        if not path.stem.endswith("__macros")
        for word in set(re.findall(r"\w+", strip_comments(_read(path))))
    )
    macros = [m for p in project_files(".sql", under=("macros",)) for m in macros_in(_read(p))]
    dbts_own = re.compile(
        "generate_schema_name|get_insert_overwrite_sql"
        # A strategy is called by its package's name; an operation by users.
        "|snapshot_.*_strategy|repair_snapshots"
    )
    check(
        "macros that nothing uses",
        [m for m in macros if is_public_macro(m) and not dbts_own.fullmatch(m) and words[m] < 2],
    )


def _declared() -> Mapping[str, Any]:
    declared: dict[str, Any] = dict(read_yaml(DBT_PROJECT / "dbt_project.yml").get("vars") or {})
    for name, value in list(declared.items()):
        if name == PACKAGE or (DBT_PROJECT / "dbt_packages" / name).is_dir():
            # The variables of a package, this one's own or an installed one's.
            del declared[name]
            declared |= value if name == PACKAGE else {}
    return declared


def _vars(path: Path) -> list[str]:
    return _VAR.findall(strip_comments(_read(path)))


# --- YAML --------------------------------------------------------------------------------------


def test_nothing_is_switched_off() -> None:
    """No test or model is disabled."""
    switched_off = re.compile(r"enabled['\"]?\s*[:=]\s*false", re.IGNORECASE)
    paths = [*project_files(".sql"), *yaml_files(), DBT_PROJECT / "dbt_project.yml"]
    check(
        "enabled: false", [shown(p) for p in paths if switched_off.search(strip_comments(_read(p)))]
    )


def test_tests_are_called_data_tests() -> None:
    """The key is `data_tests:`, because `tests:` is deprecated."""
    check(
        "`tests:` instead of `data_tests:`",
        [
            f"{shown(path)}: {place}"
            for path in yaml_files()
            for place, entry in walk(read_yaml(path))
            if "tests" in entry
        ],
    )


def test_configured_tests_have_a_name() -> None:
    """Configured tests have a name, by which a failure is found."""
    check(
        "configured tests without a name",
        [
            f"{shown(path)}: {place} {test}"
            for path in yaml_files()
            for place, entry in walk(read_yaml(path))
            for test, properties in _configured(entry)
            if not properties.get("name")
        ],
    )


def test_a_tests_arguments_stand_under_arguments() -> None:
    """Test arguments are under `arguments:`, apart from `name`, `description` and `config`."""
    known = {"name", "description", "config", "arguments"}
    check(
        "arguments beside `arguments:`",
        [
            f"{shown(path)}: {place} {test}"
            for path in yaml_files()
            for place, entry in walk(read_yaml(path))
            for test, properties in _configured(entry)
            if properties.keys() - known
        ],
    )


def test_names_of_tests_are_unique(graph: Manifest) -> None:
    """A name in a log identifies one test."""
    # One entry in the YAML of a versioned model is a test of each version.
    places = {(test.name, str(test.path)) for test in graph.of_kind("test")}
    names = Counter(name for name, _ in places)
    written = [
        properties.get("name")
        for path in yaml_files()
        for _, entry in walk(read_yaml(path))
        for _, properties in _configured(entry)
    ]
    twice = [str(name) for name, count in Counter(written).items() if name and count > 1]
    check("tests of one name", [n for n, count in names.items() if count > 1] + twice)


def test_no_two_doc_blocks_are_alike(graph: Manifest) -> None:
    """No two doc blocks have the same text."""
    texts: dict[str, list[str]] = {}
    for doc in graph.raw["docs"].values():
        if doc["package_name"] == "ecommerce_analytics":
            texts.setdefault(" ".join(doc["block_contents"].split()), []).append(doc["name"])
    check("doc blocks with the same text", [", ".join(n) for n in texts.values() if len(n) > 1])


def test_folder_defaults_are_not_repeated() -> None:
    """Files repeat no defaults of `dbt_project.yml`."""
    defaults = _folder_defaults()
    found = []
    for path in yaml_files():
        if path.parts[len(DBT_PROJECT.parts)] != "models":
            continue
        folder = path.parts[len(DBT_PROJECT.parts) + 1]
        for entry in (read_yaml(path) or {}).get("models", ()):
            config = entry.get("config", {})
            same = [k for k, v in config.items() if defaults.get(folder, {}).get(k) == v]
            found += [f"{shown(path)}: {entry['name']} {key}" for key in same]
    check("settings that only repeat the folder's", found)


def _folder_defaults() -> Mapping[str, Mapping[str, Any]]:
    models = read_yaml(DBT_PROJECT / "dbt_project.yml")["models"]["ecommerce_analytics"]
    shared = {key[1:]: value for key, value in models.items() if key.startswith("+")}
    return {
        folder: shared | {key.removeprefix("+"): value for key, value in settings.items()}
        for folder, settings in models.items()
        if not folder.startswith("+")
    }


def _configured(entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for test in entry.get("data_tests") or ():
        if isinstance(test, Mapping) and not isinstance(test.get("name"), str):
            yield from test.items()


def _sql(path: Path) -> str:
    return " ".join(hide_function_from(strip_jinja(_read(path))).split())


def _ctes(sql: str) -> Iterator[tuple[str, str]]:
    """The names and bodies of a statement's outermost CTEs."""
    sql = " ".join(sql.split())
    position = 0
    while match := re.compile(r"\b(\w+) as \(").search(sql, position):
        body = _until_closed(sql, match.end())
        position = match.end() + len(body)
        yield match[1], body.strip()


def _is_import(body: str) -> bool:
    """Whether the CTE reads one input and only filters it."""
    kept = rf"(?: where .*| {JINJA})?"
    return bool(re.match(rf"select (?:\*|[\w, ]+) from {JINJA}(?: as \w+)?{kept}$", body))  # noqa: S608


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
