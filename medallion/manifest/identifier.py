"""How an identifier of the configuration is written."""

# Two underscores in a row stand between source and table; one at the end would be a dash at a bucket name's part.
IDENTIFIER = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
LONGEST_NAME = 31
