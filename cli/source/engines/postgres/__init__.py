"""Sources that are Postgres databases, as the commands use them."""
