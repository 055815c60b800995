"""Benchmarks: each figure is a ratio against a peer or a limit that was measured or stated in the same run."""
