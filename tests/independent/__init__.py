"""A second computation of the shop's numbers, to compare with the marts."""
