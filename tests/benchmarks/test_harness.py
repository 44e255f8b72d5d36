"""The harness: its statistics, and its errors."""

import dataclasses
import sys
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

import builds
import constant
import days
import floor
import generation
import goals
import marts
import measure
import results
import run
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate import ShopSpec, generate_shop
from measure import Cost
from results import Record
from tables import table
from workspace import Workspace

_CONTEXT: Final = {
    "date": "2026-01-01",
    "machine": "a machine",
    "additions": "0.20 s",
    "versions": "Python 3",
}


def _build_run(**cpu: float) -> dict[str, Cost]:
    return {step: Cost(wall=seconds, cpu=seconds, memory=1) for step, seconds in cpu.items()}


_RUN: Final = _build_run(
    build=20, bounded=25, models=12, parse=4, start=1.5, floor=9, floor_model=5, floor_test=3
)
_FACTS: Final = {
    "nodes": {"models": 60, "tests": 100},
    "slowest": [(3.5, "model", "a thing")],
}


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 10), (0.95, 19), (0.951, 20), (1, 20), (0.05, 1), (0.01, 1)]
)
def test_a_percentile_is_a_value_that_was_seen(share: float, expected: int) -> None:
    """A percentile is the nearest rank, an actual value; 0.95 of 20 values is the 19th."""
    assert measure.percentile(range(20, 0, -1), share) == expected


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.1)])
def test_a_percentile_that_is_none_is_refused(values: list[float], share: float) -> None:
    """An invalid percentile, or one of no values, raises an error."""
    with pytest.raises(ValueError, match="no percentile"):
        measure.percentile(values, share)


def test_a_ratio_is_the_median_of_the_ratios_within_a_run() -> None:
    """A ratio is the median of ratios within a run, because a slow moment affects both steps."""
    pairs = [(10, 5), (40, 10), (30, 30)]
    runs = [_build_run(build=build, floor=floor) for build, floor in pairs]
    record = Record("build", 1_000, runs)
    assert record.ratio("build", "floor") == 2
    assert record.cost("build").cpu / record.cost("floor").cpu == 3


def test_the_parts_of_a_build_add_up_to_it() -> None:
    """A build's parts, differences of processes or the SQL of one, add up to it."""
    parts = builds.split(_RUN)
    assert tuple(parts) == builds.PARTS
    assert sum(parts.values()) == pytest.approx(20)
    assert parts == {
        "start": 1.5,
        "parse": 2.5,
        "models: SQL": 5,
        "models: dbt": 3,
        "tests: SQL": 3,
        "tests: dbt": 5,
    }


def test_parsing_was_timed_as_a_build_finds_it() -> None:
    """Parsing is timed with dbt's cache, as in a build: about as long as a start."""
    records = [record for record in results.load() if record.section == builds.SECTION]
    assert records
    for record in records:
        assert record.cost("parse").cpu < 3 * record.cost("start").cpu, record.orders


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """A record is read back as written, and replaces one of the same section and size."""
    for rows in (1, 2):
        record = Record("build", 50_000, [_RUN], {"rows": rows}, _CONTEXT)
        path = results.save(record, tmp_path)
    assert path.name == "build-50000.json"
    assert results.load(tmp_path) == [record]


def test_the_page_has_each_section_with_its_own_day_and_machine() -> None:
    """The page has sections and sizes in order, each with its date and machine, and the growth."""
    larger = {step: Cost(cost.wall * 5, cost.cpu * 5, 1) for step, cost in _RUN.items()}
    generated = {"generate": Cost(2, 2, 1), "floor": Cost(1, 1, 1), "jafgen": Cost(10, 10, 1)}
    rows = {"generate": 4_000, "floor": 4_000, "jafgen": 1_000}
    records = [
        Record("build", 50_000, [_RUN], _FACTS, _CONTEXT),
        Record("build", 500_000, [larger], _FACTS, {**_CONTEXT, "date": "2026-02-02"}),
        Record("generate", 50_000, [generated], {"rows": rows}, _CONTEXT),
    ]
    page = run.page(records)
    assert page.index("## Generation") < page.index("## Build") < page.index("## When")
    assert "| 50,000 | generate | 4,000 | 2,000 | 2.00 | 2.00 | 0 | 20.0 |" in page
    assert "| 50,000 | build | 20.00 | 20.00 | 0 | 2.22 |" in page
    assert "| 50,000 | 1.50 | 2.50 | 5.00 | 3.00 | 3.00 | 5.00 | 60 / 50 | 100 / 50 |" in page
    assert "| 50,000 | a thing | model | 3.50 |" in page
    assert "| 50,000 | 500,000 | 10.0 | 5.0 | 5.0 |" in page
    assert "| Build | 500,000 | 1 | 2026-02-02 | a machine | 0.20 s | Python 3 |" in page


def test_a_goal_stands_beside_the_largest_size_up_to_its_own() -> None:
    """A goal is met, met as far as measured, or missed with the reason."""
    tenfold = {step: Cost(cost.wall * 8, cost.cpu * 8, 7 * 10**9) for step, cost in _RUN.items()}
    answers = {"p95": 120.0, "slowest": {"a page": [20.0, 150.0], "a list": [1.0, 120.0]}}
    records = [
        Record("build", 50_000, [_RUN], _FACTS),
        Record("build", 500_000, [tenfold], _FACTS),
        Record("marts", 500_000, [{}], {"dashboard": answers}),
        Record("marts", 60_000_000, [{}], {"dashboard": {**answers, "p95": 1.0}}),
        Record("sizes", 500_000, [{}], {"file_bytes": 500_000_000}),
    ]
    page = "\n".join(goals.render(records))
    assert "| full build with all tests, CPU | under 6 s | 50,000 | 20.0 s | 50,000 | no |" in page
    assert "Of its CPU seconds 1.5 go before dbt has read anything, 2.5 into parsing" in page
    assert "| bounded build, memory | under 8 GB | 50,000,000 | 7.0 GB | 500,000 | so far |" in page
    assert "| at most 10 times | 50,000,000 | 8.0 times | 500,000 | so far |" in page
    assert "| under 100 ms | 50,000,000 | 120 ms | 500,000 | no |" in page
    assert "the slowest, a page, takes 150 ms." in page
    assert "its file, rebuilt, has 1,000 bytes for each order, which makes 50 GB" in page
    assert "generation" not in page


def test_growth_needs_two_sizes() -> None:
    """One size has no growth."""
    page = "\n".join(goals.render([Record("build", 50_000, [_RUN], _FACTS)]))
    assert "for ten times the orders" not in page


def test_the_page_is_what_the_results_say() -> None:
    """The page matches the results, so it is never edited by hand."""
    assert run.PAGE.read_text(encoding="utf-8") == run.page(results.load())


def test_figures_stand_at_the_right() -> None:
    """Figures are right-aligned, words left-aligned."""
    assert table(("what", "rows"), [("a", "1")]) == [
        "| what | rows |",
        "| --- | ---: |",
        "| a | 1 |",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--orders", "0"], "'0' is not possible, expected a whole number of at least 1,000"),
        (["--orders", "many"], "'many' is not possible, expected a whole number of at least 1,000"),
        (["--runs", "-1"], "'-1' is not possible, expected a whole number of at least 1"),
        (["--section", "spark"], "invalid choice: 'spark'"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Impossible requests give one sentence before anything is created."""
    with pytest.raises(SystemExit) as stop:
        run.main(arguments)
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_section_that_fails_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed section is reported and fails the command; the others are saved and on the page."""

    def fails(workspace: Workspace, runs: int) -> Record:
        raise EcomError(f"no {runs} runs of {workspace.orders}")

    def works(workspace: Workspace, runs: int) -> Record:
        return Record("build", workspace.orders, [_RUN] * runs, _FACTS)

    kept = tmp_path / "results"
    for name, measured in (("marts", fails), ("build", works)):
        section = dataclasses.replace(run.SECTIONS[name], measure=measured)
        monkeypatch.setitem(run.SECTIONS, name, section)
    monkeypatch.setattr(run, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(run, "save", lambda record: results.save(record, kept))
    monkeypatch.setattr(run, "load", lambda: results.load(kept))
    sections = ["--section", "marts", "--section", "build"]
    with pytest.raises(SystemExit, match="not measured: marts at 2,000 orders"):
        run.main([*sections, "--orders", "2_000", "--runs", "2", "--keep", str(tmp_path)])
    assert "no 2 runs of 2000" in capsys.readouterr().err
    assert "| Build | 2,000 | 2 |" in run.PAGE.read_text(encoding="utf-8")


def test_a_command_is_measured_with_its_children() -> None:
    """Time and memory of child processes are included."""
    busy = "x = bytearray(200_000_000); sum(range(3_000_000))"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}], check=True)"
    cost = measure.run([sys.executable, "-c", parent])
    assert cost.memory > 200_000_000
    assert 0 < cost.cpu < cost.wall * 2


def test_memory_is_the_commands_own() -> None:
    """Memory excludes that of the harness, of which a new process starts as a copy."""
    held = bytearray(300_000_000)
    cost = measure.run([sys.executable, "-c", ""])
    assert cost.memory < len(held)


def test_a_command_that_fails_ends_the_benchmark() -> None:
    """A failed command ends the benchmark with its output."""
    with pytest.raises(SystemExit, match="out of order"):
        measure.run([sys.executable, "-c", "raise SystemExit('out of order')"])


def test_the_generators_floor_writes_as_many_rows_and_columns(tmp_path: Path) -> None:
    """The generator's floor writes the same columns and row counts, in a file per table."""
    shop, out = tmp_path / "shop", tmp_path / "out"
    generate_shop(ShopSpec(customers=50, orders=200), shop)
    out.mkdir()
    constant.write(shop, out)
    assert {path.name for path in out.iterdir()} == {path.name for path in shop.glob("*.parquet")}
    for path in out.iterdir():
        written, asked = (duckdb.read_parquet(str(folder / path.name)) for folder in (out, shop))
        assert written.columns == asked.columns
        assert written.types == asked.types
        assert written.count("*").fetchall() == asked.count("*").fetchall()


def test_jafgen_that_cannot_be_installed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed installation of jafgen gives one sentence and ends the section."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(generation, "_CACHE", tmp_path / "file" / "jafgen")
    with pytest.raises(SystemExit, match=r"^error: jafgen cannot be installed \(.*\); generation"):
        generation._jafgen()


def _node(kind: str, sql: str, *parents: str, materialized: str = "table") -> dict[str, Any]:
    return {
        "resource_type": kind,
        "compiled_code": sql,
        "depends_on": {"nodes": list(parents)},
        "config": {"materialized": materialized},
        "schema": "marts",
        "name": "a thing",
        "alias": "thing",
    }


def test_the_floor_does_what_the_build_did() -> None:
    """The floor repeats the build's statements in order; snapshots are read but not written."""
    nodes = {
        "test.a": _node("test", "select 1 where false"),
        "model.b": _node("model", "select 2", materialized="view"),
        "snapshot.c": _node("snapshot", "select 3"),
    }
    results_of_dbt = [{"unique_id": key} for key in ("model.b", "snapshot.c", "seed.d", "test.a")]
    statements = floor.statements({"nodes": nodes}, {"results": results_of_dbt})
    assert [(found.kind, found.name, found.sql.split(" (")[0]) for found in statements] == [
        ("model", "a thing", "create schema if not exists marts"),
        ("model", "a thing", 'create or replace view "marts"."thing" as'),
        ("model", "a thing", "create or replace temporary table snapshotted as"),
        ("test", "a thing", "select count(*) from"),
    ]


def test_models_are_timed_beside_each_other() -> None:
    """Models of a day are listed slowest first, beside their rebuild, without tests."""
    nodes = {
        "model.a": {**_node("model", "", materialized="incremental"), "alias": "a"},
        "model.b": {**_node("model", ""), "alias": "b"},
        "test.c": _node("test", ""),
    }

    def timed(a: float, b: float) -> dict[str, days.Model]:
        seconds = {"model.a": a, "model.b": b, "test.c": 9, "unit_test.d": 9}
        done = [{"unique_id": key, "execution_time": took} for key, took in seconds.items()]
        return days.timed_models(nodes, done)

    day, rebuild = timed(1, 2), timed(4, 3)
    assert days.beside(day, rebuild) == [("b", "table", 2, 3), ("a", "incremental", 1, 4)]
    assert days.incremental(rebuild) == Cost(4, 4)


def test_queries_are_summed_up_over_all_answers() -> None:
    """Queries are listed slowest first by their own percentiles, in milliseconds."""
    found = marts.summary({"quick": [0.001] * 10, "slow": [0.1] * 9 + [0.3]})
    assert (found["queries"], found["answers"]) == (2, 20)
    assert (found["p50"], found["p95"]) == (1, 100)
    assert list(found["slowest"].items()) == [("slow", [100, 300]), ("quick", [1, 1])]
