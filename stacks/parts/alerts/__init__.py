"""Who is told that something needs a person, and of what."""
