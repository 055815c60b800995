"""Runs: started, followed, shown, listed, and what a person decides after them."""
