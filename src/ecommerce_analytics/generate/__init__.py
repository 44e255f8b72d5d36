"""The synthetic shop: the source contract's tables, simulated from known parameters.

`generate_shop` writes the files; the same spec gives the same bytes on every run and for any
number of threads.
"""

from ecommerce_analytics.generate.progress import Progress
from ecommerce_analytics.generate.shop import generate_shop
from ecommerce_analytics.generate.spec import ShopSpec, ShopSummary
from ecommerce_analytics.generate.writer import FileFormat

__all__ = ["FileFormat", "Progress", "ShopSpec", "ShopSummary", "generate_shop"]
