"""`lake documents`: documents, and what a model found in them."""
