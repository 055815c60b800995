"""Sources as the commands use them, a folder for each engine."""
