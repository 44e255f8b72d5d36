"""Simulates a shop's days after its generated history: see `advance`."""

from ecommerce_analytics.living.shop import advance, existing_days
from ecommerce_analytics.living.warehouse import batches, catch_up, lives, missing_days, standing

__all__ = ["advance", "batches", "catch_up", "existing_days", "lives", "missing_days", "standing"]
