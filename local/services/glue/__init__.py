"""Glue: the catalog, jobs that are run and crawlers that crawl."""

PRINCIPAL = "glue.amazonaws.com"
