"""Silver to gold: modelled and aggregated by SQL or Python, as a whole or by touched partitions."""
