"""Tests of the report: its numbers, its inputs, and its look in a browser."""
