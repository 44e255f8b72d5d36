"""The same project on every engine."""
