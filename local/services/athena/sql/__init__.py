"""SQL of engine version 3 as a DuckDB runs it."""
