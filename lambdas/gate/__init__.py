"""The gate for letters: every upload to the landing bucket is looked at once, and goes to bronze or to quarantine with a record of it."""
