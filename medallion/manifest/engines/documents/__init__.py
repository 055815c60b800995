"""Text documents that are uploaded."""
