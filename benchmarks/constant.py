"""The floor for a generator: DuckDB writing the same rows and columns at a constant cost each.

Run as `python benchmarks/constant.py SHOP OUT`: for each table of the shop a Parquet file with its
rows and its columns, by name and type, whose values are computed from the row number only.
"""

import sys
from pathlib import Path
from typing import Final

import duckdb

# The expression for a value from the row number, by the start of DuckDB's type.
_VALUES: Final = {
    "DECIMAL": "n % 100000 / 100",
    "BOOLEAN": "n % 2 = 0",
    "TIMESTAMP": "timestamp '2023-01-01' + to_seconds(n % 90000000)",
    "DATE": "date '2023-01-01' + cast(n % 1000 as integer)",
    "VARCHAR": "n % 1000",
}


def write(shop: Path, out: Path) -> None:
    """Write the files."""
    with duckdb.connect() as connection:
        for path in sorted(shop.glob("*.parquet")):
            source = connection.read_parquet(str(path))
            ((rows,),) = source.count("*").fetchall()
            columns = ", ".join(
                f'cast({_value(str(data_type))} as {data_type}) as "{name}"'
                for name, data_type in zip(source.columns, source.types, strict=True)
            )
            target = str(out / path.name).replace("'", "''")
            connection.execute(
                f"copy (select {columns} from range({rows}) as numbers (n)) "  # noqa: S608
                f"to '{target}' (format parquet)"
            )


def _value(data_type: str) -> str:
    return next((value for name, value in _VALUES.items() if data_type.startswith(name)), "n")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
