"""Postgres databases."""
