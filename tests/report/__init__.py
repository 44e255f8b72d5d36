"""The report: its numbers, what it reads, and how it looks in a browser."""
