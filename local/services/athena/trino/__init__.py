"""The engine of the laptop's Athena: a Trino of its own, which nobody but the laptop reaches."""
