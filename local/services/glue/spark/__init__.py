"""Spark 4.1 in JVMs that wait for a run, as the jobs of the laptop have it."""
