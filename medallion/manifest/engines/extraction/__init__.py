"""Rows that a language model extracts from documents."""
