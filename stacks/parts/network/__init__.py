"""Where jobs and sources live."""
