"""`ecom report`: the marts as pages that open from a file, without a server or a network."""

from ecommerce_analytics.report.write import PAGES, Report, write_report

__all__ = ["PAGES", "Report", "write_report"]
