"""`ecom site`: the report, and the project's documentation beside it, as one set of files."""

from ecommerce_analytics.site.write import write_site

__all__ = ["write_site"]
