"""A shop that lives on after its generated history: see `advance`."""

from ecommerce_analytics.living.shop import advance, existing_days

__all__ = ["advance", "existing_days"]
