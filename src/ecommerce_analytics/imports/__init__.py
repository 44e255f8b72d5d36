"""Exports of shops, mapped to the files of the source contract.

A mapping is a directory with one `.sql` file per contract table, run by DuckDB over the exports:
`shopify/` and `woocommerce/` have theirs, `draft` writes one from the headers of any other shop's
files. Python checks headers and values, runs the SQL and reports.
"""

from ecommerce_analytics.imports.generic import draft_mapping, has_mapping, import_csv
from ecommerce_analytics.imports.mapping import Imported
from ecommerce_analytics.imports.shopify import import_shopify
from ecommerce_analytics.imports.woocommerce import import_woocommerce

__all__ = [
    "Imported",
    "draft_mapping",
    "has_mapping",
    "import_csv",
    "import_shopify",
    "import_woocommerce",
]
