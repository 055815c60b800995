"""Who may see which column: Lake Formation's model as values, and what contracts and personas make of it."""
