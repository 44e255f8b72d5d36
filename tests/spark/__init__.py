"""Spark: what it needs, and a cluster of it."""
