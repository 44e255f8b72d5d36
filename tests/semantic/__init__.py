"""Tests of the semantic layer: every metric is the mart's number."""
