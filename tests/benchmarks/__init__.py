"""Tests of the benchmarks: their arithmetic, their page, and a real run."""
