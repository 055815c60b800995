"""Sources as the commands use them, a module for each engine."""
