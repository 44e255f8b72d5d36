"""The simulated shop: days, batches, and applying them to a warehouse."""
