"""A second computation of the shop's numbers, for the tests to hold the marts against."""
