"""The benchmarks: their arithmetic, their page, and one of them at work."""
