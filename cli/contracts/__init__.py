"""`lake contracts`: checked, compiled, drafted from sources, compared, held against what sources have."""
