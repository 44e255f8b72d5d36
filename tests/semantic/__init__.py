"""Tests of the semantic layer: every metric equals the mart's number."""
