"""Questions to Athena, and how answers are shown."""
