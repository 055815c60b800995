"""Sources that are DynamoDB tables, as the commands use them."""
