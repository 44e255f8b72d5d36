"""`ecom site`: writes the report and the project's documentation."""

from ecommerce_analytics.site.write import write_site

__all__ = ["write_site"]
