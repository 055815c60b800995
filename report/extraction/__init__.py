"""What models found in documents, as a part of the page."""
