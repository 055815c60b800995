"""Silver to gold: modelled and aggregated by SQL."""
