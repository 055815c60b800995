"""Sources that are uploaded documents, as the commands use them."""
