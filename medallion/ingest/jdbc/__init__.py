"""Databases, read over JDBC."""
