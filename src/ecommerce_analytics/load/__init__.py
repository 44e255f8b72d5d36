"""The loader: checks a shop's files against the source contract and loads them into a warehouse.

`load_shop` fills DuckDB, the embedded engine, and `apply_changes` applies a batch. The modules
below them do not depend on an engine: `files` finds and reads a table's file, `rules` converts it
to typed rows or raises, `breaches` counts and lists the faults. Other engines' loaders take checked
rows from `staging` and `changes`, and never read a file.
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
