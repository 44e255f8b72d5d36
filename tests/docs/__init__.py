"""Tests of the documentation: it is correct, and its commands work."""
