"""Tests of `ecom import` with shops' exports."""
