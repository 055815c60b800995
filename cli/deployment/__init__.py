"""A deployment by the CDK CLI: what it says read as values, shown to a person, kept in a log."""
