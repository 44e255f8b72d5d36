"""Tests of Spark: its requirements, and a cluster."""
