"""The laptop's Athena: the ordinary API in front of a Trino, over the Iceberg tables of the Glue catalog."""
