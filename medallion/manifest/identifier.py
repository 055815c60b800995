"""How an identifier of the configuration is written, and the one that has a meaning."""

# Two underscores in a row stand between source and table; one at the end would be a dash at a bucket name's part.
IDENTIFIER = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
LONGEST_NAME = 31
# The environment that is a laptop's AWS; all others are accounts.
LAPTOP = "local"
