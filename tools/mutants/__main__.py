"""`make mutants`: which changes of models and source data the tests of `dbt build` notice."""

import time
from pathlib import Path

import click

from mutants import prepare
from mutants.page import page
from mutants.run import Draw, run

_ROOT = Path(__file__).resolve().parents[2]


@click.command()
@click.option("--seed", default=1, show_default=True, help="The seed of all draws.")
@click.option(
    "--per-model", default=20, show_default=True, help="Changes per model that change a row."
)
@click.option("--models", default="", help="Only these models and raw tables, with blanks between.")
@click.option("--processes", default=2, show_default=True, help="How many processes judge.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_ROOT / "docs" / "mutants.md",
    help="The page to write.  [default: (docs/mutants.md)]",
)
@click.option("--keep", is_flag=True, help="Use the shop that the last run built.")
def main(seed: int, per_model: int, models: str, processes: int, out: Path, keep: bool) -> None:
    """Change the models a little, and write which changes no test notices."""
    started = time.monotonic()
    directory = _ROOT / "data" / "mutants"
    if not (keep and prepare.is_built(directory)):
        prepare.build(directory)
    draw = Draw(seed, per_model, frozenset(models.split()))
    outcomes = run(*prepare.read_built(directory), draw, processes, click.echo)
    shop = f"{prepare.SHOP.customers} customers and {prepare.SHOP.orders} orders"
    out.write_text(page(outcomes, draw, shop), encoding="utf-8")
    click.echo(f"Wrote {out} in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
