"""The shop that lives on: days, batches, and what a warehouse makes of them."""
