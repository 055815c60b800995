"""Sources to bronze: rows as they are, appended run by run."""
