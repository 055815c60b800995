"""What must be true of a table before it is published."""
