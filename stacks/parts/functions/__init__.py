"""Functions that work off a queue."""
