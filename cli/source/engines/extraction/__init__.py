"""Sources that are a language model, as the commands use them."""
