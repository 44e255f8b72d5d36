"""docs/features.md is correct: each file uses the feature, each command works."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import pytest
from dbt.cli.main import cli as dbt_cli
from dbt_metricflow.cli.main import cli as mf_cli

from docs.pages import DOCS, Feature, features, pages, read, shell_commands
from ecommerce_analytics.cli import cli as ecom_cli
from ecommerce_analytics.paths import DBT_PROJECT

# The pattern that a file must contain for the feature, without comments.
_USES: Final = {
    "sources": r"\nsources:\n.*\n    tables:",
    "source freshness": r"loaded_at_field:.*warn_after: \{count: 24.*error_after: \{count: 48",
    "source contract": r"type: primary_key.*type: check.*type: foreign_key",
    "staging layer": r"\{\{ contract_source\('orders'\) \}\}",
    "optional sources and columns": r"graph\.sources",
    "intermediate layer": r"ref\('fact_orders'\)",
    "marts layer": r"ref\('int_orders__daily_agg'\)",
    "ref and the graph": r"ref\('int_orders__accepted'\)",
    "folder defaults": r"    staging:\n      \+schema: staging\n      \+materialized: view",
    "schema names": r"macro generate_schema_name\(",
    "vars": r"\nvars:\n|var\('customer_vip_amount'\)",
    "env_var": r"env_var\('DBT_TARGET'.*env_var\('ECOM_WAREHOUSE'.*env_var\('ECOM_SCHEMA'",
    "view": r"\+materialized: view",
    "table": r"materialized: table",
    "ephemeral": r"materialized: ephemeral",
    "incremental, merge": r"materialized: incremental\n|\+incremental_strategy: .*'merge'",
    "is_incremental and this": r"if is_incremental\(\).*\{\{ this \}\}",
    "hard deletes by hook": r"post_hook=.*\{\{ delete_(missing|superseded)\(",
    "microbatch": r"incremental_strategy: microbatch\n.*batch_size:.*lookback:",
    "event_time": r"event_time: touched_at",
    "on_schema_change": r"on_schema_change: fail",
    "full refresh": r"name: full_refresh\n.*config\.materialized\n +value: incremental",
    "seeds with column types": r"column_types:\n",
    "snapshot, own strategy": r"strategy: ecommerce_analytics\.versions\n +check_cols:",
    "snapshot, hard deletes": r"hard_deletes: new_record.*hard_deletes: invalidate",
    "dbt_valid_to_current": r"dbt_valid_to_current: ",
    "functions": r"\nfunctions:\n|^functions:\n",
    "analyses": r"ref\('customer_analytics'\)",
    "generic tests": r"- unique\n.*- not_null\n.*relationships:.*accepted_values:",
    "custom generic tests": r"\{% test \w+\(model, ",
    "tests of a package": r"dbt_utils\.unique_combination_of_columns:",
    "singular tests": r"from \{\{ ref\(|ref\('fact_orders'\)",
    "tests of macros": r"(ratio|iso_week)\(",
    "unit tests": r"\nunit_tests:\n.*given:\n.*expect:\n",
    "unit tests of increments": r"is_incremental: false.*is_incremental: true.*input: this",
    "unit tests with vars": r"overrides:\n +vars: \{",
    "unit tests with SQL rows": r"format: sql\n +rows: \|",
    "severity": r"severity: warn",
    "store_failures": r"singular:\n +\+store_failures: true",
    "contracts": r"\+contract:\n +enforced: true",
    "constraints": r"constraints: \[\{type: not_null\}, \{type: primary_key\}\]",
    "model versions": r"latest_version: 2\n.*versions:\n.*deprecation_date:",
    "groups": r"^groups:\n|\ngroups:\n",
    "access": r"\+access: protected.*\+access: public",
    "grants": r"\+grants: ",
    "exposures": r"exposures:\n.*depends_on:\n",
    "tags": r"config\(tags=\['reconciliation'\]\)",
    "tags on columns": r"config: \{tags: \[pii\]\}",
    "selectors": r"selectors:\n.*method: group\n +value: finance",
    "version of dbt": r"require-dbt-version: ",
    "time spine": r"\n    time_spine:\n +standard_granularity_column: date_day\n.*granularity: day",
    "semantic models": r"^semantic_models:\n.*entities:\n.*type: primary.*dimensions:\n",
    "simple metrics": r"type: simple\n +filter: \"\{\{ Dimension\('\w+'\) \}\}\"\n +type_params:",
    "ratio metrics": r"type: ratio\n +type_params:\n +numerator: ",
    "derived metrics": r"type: derived\n.*offset_window: 1 month",
    "cumulative metrics": r"type: cumulative\n.*cumulative_type_params: \{.*period_agg: last\}",
    "conversion metrics": r"type: conversion\n.*conversion_measure: ",
    "semi-additive measures": r"non_additive_dimension:\n.*window_choice: max",
    "saved queries": r"^saved_queries:\n.*query_params:\n.*exports:\n",
    "owners of metrics": r"\nmetrics:\n.*\+group: finance, \+meta: \{owner: Finance\}",
    "packages and lock": r"package: dbt-labs/dbt_utils",
    "macros": r"\{% macro ratio\(",
    "dispatch": r"adapter\.dispatch\(.*macro default__.*macro spark__",
    "dispatch of a package": r"dispatch:\n.*search_order: \[ecommerce_analytics, dbt_utils\]",
    "override of a built-in macro": r"macro (generate_schema_name|duckdb__scalar_function_sql)\(",
    "one project, several engines": r"postgres:\n +type: postgres|DBT_TARGET=postgres",
    "a batch replaces its period": r"macro postgres__get_incremental_microbatch_sql\(",
    "loops over a list": r"\{% for model.* in .*%\}",
    "checked arguments": r"exceptions\.raise_compiler_error\(",
    "hooks": r"on-run-start:\n.*on-run-end:\n",
    "audit tables": r"insert into \{\{ audit_relation\('run_results'\) \}\}",
    "doc blocks": r"\{% docs net_amount %\}",
    "overview": r"\{% docs __overview__ %\}",
    "documentation site": r"description: \"\{\{ doc\('order_id'\) \}\}\"",
    "persist_docs": r"\+persist_docs:\n +relation: true\n +columns: true",
    "state and defer": r"state:modified\+.*--defer --state",
    "CI workflow": r"run: \.ci/run\n.*run: \.ci/slim",
    "warnings as errors": r"\n  warn_error_options:\n +error: all\n +warn:\n +- LogTestResult\n",
}
_COMMENTS: Final = (
    (re.compile(r"\{#.*?#\}", re.DOTALL), {".sql", ".md"}),
    (re.compile(r"^\s*--.*$", re.MULTILINE), {".sql"}),
    (re.compile(r"(^|\s)#.*$", re.MULTILINE), {".yml"}),
)
# Read-only commands, which are run; for other commands the selection is listed.
_LOOKS: Final = frozenset(("ls", "show", "compile", "source", "parse"))
_SELECTIONS: Final = frozenset(("--select", "--selector"))
_SECONDS: Final = 120

_FEATURES: Final = features()


def _name(feature: Feature) -> str:
    return feature.name


def _without_comments(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    for pattern, suffixes in _COMMENTS:
        if path.suffix in suffixes:
            text = pattern.sub("", text)
    return text


def _check_options(command: click.Command, words: Sequence[str]) -> None:
    """Parse a command's arguments as the command would, including its subcommands."""
    if not isinstance(command, click.Group):
        command.make_context(command.name, list(words))
        return
    position = next((i for i, word in enumerate(words) if word in command.commands), None)
    if position is None:
        raise click.UsageError(f"{command.name} has no command {' '.join(words)}")
    command.make_context(command.name, list(words[: position + 1]))
    _check_options(command.commands[words[position]], words[position + 1 :])


def _check(words: Sequence[str]) -> None:
    """Check that a command of the documentation exists and accepts its options."""
    program, *arguments = words
    if program == "dbt" and arguments != ["--version"]:
        _check_options(_group(dbt_cli), arguments)
    elif program == "mf":
        _check_options(_group(mf_cli), arguments)
    elif program == "ecom":
        _check_options(_group(ecom_cli), arguments)
    elif "/" in program and not program.startswith("/"):
        script = (DBT_PROJECT / program).resolve()
        assert script.is_file(), f"there is no {program}"
        assert os.access(script, os.X_OK), f"{program} cannot be run"
    elif program == "make":
        makefile = (DBT_PROJECT.parent / "Makefile").read_text(encoding="utf-8")
        targets = [a for i, a in enumerate(arguments) if arguments[i - 1] != "-C" and a != "-C"]
        for target in (t for t in targets if "=" not in t):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"no target {target}"
    elif program == "docker":
        assert arguments[0] == "compose"
        files = [a for i, a in enumerate(arguments) if arguments[i - 1] == "-f"]
        assert all((DBT_PROJECT.parent / file).is_file() or file[0] == "/" for file in files)
    else:
        known = {"dbt", "cd", "export", "git", "ls", "pytest", "python", "rm", "set", "source"}
        assert program in known, program


def _group(command: object) -> click.Group:
    assert isinstance(command, click.Group)
    return command


def test_the_page_and_this_test_know_the_same_features() -> None:
    """Every row has a check, and every check a row."""
    names = [feature.name for feature in _FEATURES]
    assert len(names) == len(set(names))
    assert set(names) == set(_USES)


@pytest.mark.parametrize("feature", _FEATURES, ids=_name)
def test_every_file_uses_the_feature(feature: Feature) -> None:
    """Every file in a row uses the feature outside comments."""
    assert feature.files
    for path in feature.files:
        assert path.is_file(), f"there is no {path}"
        text = _without_comments(path)
        assert re.search(_USES[feature.name], text, re.DOTALL), f"{path.name}: {feature.name}"


@pytest.mark.parametrize("feature", _FEATURES, ids=_name)
def test_every_command_exists(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program, subcommand and option exists."""
    monkeypatch.chdir(DBT_PROJECT)
    _check(feature.command)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.name))
def test_every_command_of_a_page_exists(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command in the pages' bash blocks exists."""
    monkeypatch.chdir(DBT_PROJECT)
    for command in shell_commands(read(page)):
        _check(command)


def test_every_command_finds_something(warehouse: Path, tmp_path: Path) -> None:
    """Read-only commands run on a copy of a built warehouse; the selection of others is listed."""
    copy = tmp_path / warehouse.name
    shutil.copyfile(warehouse, copy)
    parsed = warehouse.with_name("target") / "partial_parse.msgpack"
    commands = [_harmless(f.command[1:]) for f in _FEATURES if f.command[0] == "dbt"]
    commands = [command for command in commands if command]
    outcomes = zip(commands, _run(commands, parsed, copy, tmp_path), strict=True)
    assert [" ".join(c) for c, (succeeded, count) in outcomes if not succeeded or not count] == []


def _harmless(words: Sequence[str]) -> list[str]:
    """The command, or a listing of its selection; nothing if it selects nothing."""
    if words[0] in _LOOKS:
        return list(words)
    start = next((i for i, word in enumerate(words) if word in _SELECTIONS), None)
    if start is None:
        return []
    options = (i for i in range(start + 1, len(words)) if words[i].startswith("--"))
    return ["ls", *words[start : next(options, len(words))]]


def _run(
    commands: Sequence[Sequence[str]], parsed: Path, warehouse: Path, work: Path
) -> list[tuple[bool, int]]:
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    finished = subprocess.run(
        [sys.executable, Path(__file__).with_name("run_dbt.py"), parsed],
        cwd=DBT_PROJECT,
        env={
            **ours,
            "ECOM_WAREHOUSE": str(warehouse),
            "DBT_TARGET_PATH": str(work / "target"),
            "DBT_LOG_PATH": str(work / "logs"),
        },
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    outcomes: list[tuple[bool, int]] = json.loads(finished.stdout.splitlines()[-1])
    return outcomes


def test_what_is_not_a_command_is_refused() -> None:
    """The checks above detect unknown commands and options."""
    for words in (["dbt", "shwo"], ["dbt", "ls", "--selct", "x"], ["ecom", "lod"], ["ecmo"]):
        with pytest.raises((click.ClickException, AssertionError)):
            _check(words)


def test_the_page_is_found() -> None:
    """The page has rows, because an empty table would pass every test above."""
    assert (DOCS / "features.md").exists()
    assert len(_FEATURES) > 50
