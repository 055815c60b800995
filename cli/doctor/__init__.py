"""`lake doctor`: looks before you deploy."""
