"""Log groups, and how they are kept."""
