"""What is behind a logical source: reached, looked at, and filled where it is a demo."""
