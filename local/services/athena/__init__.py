"""The laptop's Athena: the ordinary API, SQL of engine version 3 transpiled to a DuckDB over the Iceberg tables of the Glue catalog."""
