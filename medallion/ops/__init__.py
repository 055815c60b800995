"""What runs leave to be looked at: what became of every table, and what its rules found."""
