"""Glue jobs: what they share, what they run under, where they log."""
