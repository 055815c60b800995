"""RDS: a Postgres server for each database instance."""
