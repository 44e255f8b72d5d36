"""A shop that lives: increments, day after day, whatever changes and whatever is killed."""
