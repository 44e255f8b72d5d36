"""The project's YAML and selectors match what dbt supports.

For most adapters dbt does not check YAML against its own JSON Schema: it silently ignores a
misspelt key. This test does check it.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pytest
from jinja2.nativetypes import NativeEnvironment
from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend
from project import check, read_yaml, shown, yaml_files

from conftest import KNOWN_WARNING, Dbt, DbtResult
from ecommerce_analytics.paths import DBT_PROJECT

_SELECTORS: Final = DBT_PROJECT / "selectors.yml"
# Read by dbt-core, but unknown to its schema, which is made for another engine.
_OF_A_VERSION: Final = ("data_tests", "deprecation_date", "description")
_KNOWN_TO_CORE_ONLY: Final = frozenset({"semantic_models", "metrics", "saved_queries"})


def _read_schema(folder: str, name: str) -> Any:
    # Imported by the installed package's name, because a folder of these tests has the same one.
    text = files("dbt.jsonschemas").joinpath(folder, name).read_text(encoding="utf-8")
    return json.loads(text)


def _resources_schema() -> Any:
    """The schema of resource files, corrected where dbt-core reads more."""
    schema = _read_schema("resources", "latest.json")
    definitions = schema["definitions"]
    # Any case is valid, and the documentation uses lower case.
    definitions["Severity"] = {"enum": ["error", "warn"]}
    # A version may repeat the model's keys, and nothing else.
    model = definitions["ModelProperties"]["properties"]
    version = definitions["Versions"]
    version["properties"] |= {name: model[name] for name in _OF_A_VERSION}
    version["properties"]["columns"] = {"type": "array", "items": {"type": "object"}}
    version["additionalProperties"] = False
    return schema


def _type(validator: Any, types: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """The rule for `type`; an unquoted date in YAML is a date, and the schema expects its text."""
    if isinstance(instance, date):
        instance = instance.isoformat()
    yield from Draft7Validator.VALIDATORS["type"](validator, types, instance, schema)


_Validator: Any = extend(Draft7Validator, {"type": _type})  # type: ignore[no-untyped-call]


def _breaches(schema: Any, document: Any, name: str) -> list[str]:
    return [
        f"{name}, {'.'.join(map(str, error.absolute_path))}: {_reason(error)}"
        for error in _Validator(schema).iter_errors(document)
    ]


def _numbers(name: str) -> list[int]:
    """The version in a file's name, as comparable numbers."""
    return [int(number) for number in re.findall(r"\d+", name)]


def _reason(error: ValidationError) -> str:
    """The innermost message: the reason why the best matching alternative fails."""
    inner = error
    while inner.context:
        inner = max(inner.context, key=lambda e: (len(e.absolute_path), e.validator != "type"))
    return inner.message[:300]


def test_every_yaml_file_keeps_dbts_schema() -> None:
    """Every resource YAML file matches dbt's schema."""
    schema = _resources_schema()
    check(
        "against dbt's JSON Schema",
        [
            breach
            for path, document in _documents().items()
            if not _KNOWN_TO_CORE_ONLY & set(document)
            for breach in _breaches(schema, document, shown(path))
        ],
    )


@pytest.mark.parametrize("engine", ["duckdb", "postgres", "spark"])
def test_the_project_file_keeps_dbts_schema(engine: str) -> None:
    """`dbt_project.yml` matches dbt's schema, with its Jinja rendered for each engine."""
    versions = files("dbt.jsonschemas").joinpath("project").iterdir()
    newest = max((v.name for v in versions), key=_numbers)
    schema = _read_schema("project", newest)
    document = _rendered(read_yaml(DBT_PROJECT / "dbt_project.yml"), engine)
    check("against dbt's JSON Schema", _breaches(schema, document, "dbt_project.yml"))


def _rendered(value: Any, engine: str) -> Any:
    """The document rendered for one target, as dbt would do."""
    if isinstance(value, dict):
        return {key: _rendered(entry, engine) for key, entry in value.items()}
    if isinstance(value, list):
        return [_rendered(entry, engine) for entry in value]
    if isinstance(value, str) and "target." in value:
        target = {"type": engine, "name": engine, "method": "session"}
        return NativeEnvironment().from_string(value).render(target=target)
    return value


def test_the_schema_is_not_toothless() -> None:
    """A misspelt key is found at any depth."""
    schema = _resources_schema()
    planted: list[dict[str, Any]] = [
        {"models": [{"name": "m", "descripton": "misspelt"}]},
        {"models": [{"name": "m", "columns": [{"name": "c", "datatype": "date"}]}]},
        {"models": [{"name": "m", "config": {"materialised": "table"}}]},
        {"models": [{"name": "m", "versions": [{"v": 1, "descripton": "misspelt"}]}]},
        {"modles": []},
    ]
    for document in planted:
        assert _breaches(schema, document, "planted"), document


def test_the_project_parses_without_a_warning(parsed: DbtResult) -> None:
    """The project parses without warnings, including all deprecations."""
    check("warnings of dbt parse", parsed.warnings)


def test_the_known_warning_is_still_given(parsed: DbtResult) -> None:
    """The known warning still appears; its exception must go when it does."""
    assert len([text for text in parsed.all_warnings if KNOWN_WARNING in text]) == 1


@pytest.mark.skipif(not _SELECTORS.exists(), reason="the project has no selectors")
def test_every_selector_selects_something(dbt: Dbt, parsed: DbtResult) -> None:  # noqa: ARG001
    """Every selector selects something; dbt would run an empty one without a message."""
    names = [selector["name"] for selector in read_yaml(_SELECTORS)["selectors"]]
    check("selectors that select nothing", [name for name in names if not _listed(dbt, name)])


@pytest.mark.skipif(not _SELECTORS.exists(), reason="the project has no selectors")
def test_every_selector_is_described() -> None:
    """Every selector has a description."""
    selectors = read_yaml(_SELECTORS)["selectors"]
    check("without a description", [s["name"] for s in selectors if not s.get("description")])


def _documents() -> dict[Path, dict[str, Any]]:
    return {path: read_yaml(path) or {} for path in yaml_files()}


def _listed(dbt: Dbt, selector: str) -> list[str]:
    result = dbt.succeed("ls", "--selector", selector, "--output", "name")
    return [e["data"]["msg"] for e in result.events if e["info"]["name"] == "PrintEvent"]
