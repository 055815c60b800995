"""Crawlers: what they find in a database or in files, and the tables that they write of it."""
