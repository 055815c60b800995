"""Engines of sources, one folder each: settings, ways to read, bronze types, drafting."""
