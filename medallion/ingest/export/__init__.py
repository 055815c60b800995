"""DynamoDB tables, read by exports."""
