"""DynamoDB: point-in-time recovery and exports, from the history of every item."""
