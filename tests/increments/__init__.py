"""Incremental runs of a simulated shop, through all kinds of changes and kills."""
