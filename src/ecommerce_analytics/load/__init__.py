"""The loader: a shop's files, checked against the source contract, into a warehouse.

`load_shop` fills DuckDB, the embedded engine. The parts below it know no target: `files` finds a
table's file and reads it as it stands, `rules` turns it into typed rows or raises, `breaches` says
in one sentence what was wrong. A loader for another engine reads `rules.checked_select` with
DuckDB, takes the rows as Arrow batches and hands them over.
"""

from ecommerce_analytics.load.warehouse import RAW_STORAGE_VERSION, LoadSummary, load_shop

__all__ = ["RAW_STORAGE_VERSION", "LoadSummary", "load_shop"]
