"""Tests of the documentation: it says what is, and its commands work."""
