"""Secrets Manager: the secrets of templates, with generated values."""
