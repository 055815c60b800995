"""The tables of the lake as the contracts want them."""
