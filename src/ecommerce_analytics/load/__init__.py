"""The loader: a shop's files, checked against the source contract, into a warehouse.

`load_shop` fills DuckDB, the embedded engine, and `apply_changes` brings it up to date. The parts
below them know no target: `files` finds a table's file and reads it as it is, `rules` turns it
into typed rows or raises, `breaches` counts and lists what was wrong. Another engine's loader takes
checked rows from `staging` and `changes`, and never sees a file.
"""

from ecommerce_analytics.load.changes import ChangeSummary
from ecommerce_analytics.load.merge import apply_changes
from ecommerce_analytics.load.warehouse import RAW_STORAGE_VERSION, LoadSummary, load_shop

__all__ = [
    "RAW_STORAGE_VERSION",
    "ChangeSummary",
    "LoadSummary",
    "apply_changes",
    "load_shop",
]
