"""Glue's catalog, and what stands beside it."""
