"""The loader: checks a shop's files against the source contract.

`load_shop` writes the checked rows to a DuckDB file: the embedded warehouse, or the file from which
the other engines take them (`staging`, `changes`). `files` finds and reads a table's file, `rules`
converts it to typed rows or raises, `breaches` counts and lists the faults.
"""

from ecommerce_analytics.load.changes import ChangeSummary
from ecommerce_analytics.load.warehouse import RAW_STORAGE_VERSION, LoadSummary, load_shop

__all__ = ["RAW_STORAGE_VERSION", "ChangeSummary", "LoadSummary", "load_shop"]
