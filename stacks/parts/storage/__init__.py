"""Where data is: buckets, keys, databases, and what may be done with tables."""
