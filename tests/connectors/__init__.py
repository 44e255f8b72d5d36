"""Connectors: a shop in the raw shape of a replication tool, built through the base models."""
